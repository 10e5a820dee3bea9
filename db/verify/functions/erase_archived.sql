-- Verify hypermind:functions/erase_archived on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.erase_archived(hypermind.run_summaries, bigint, text)', p_volatility => 'v');

rollback;
