-- Verify hypermind:functions/erase on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.erase(hypermind.run_summaries, bigint, text, uuid)', p_volatility => 'v');

rollback;
