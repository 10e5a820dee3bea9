-- Verify hypermind:functions/refuse_if_archived on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.refuse_if_archived(hypermind.run_summaries)', p_volatility => 'v');

rollback;
