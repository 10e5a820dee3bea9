-- Verify hypermind:functions/erase on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.erase(hypermind.runs, bigint, text)', p_volatility => 'v');

rollback;
