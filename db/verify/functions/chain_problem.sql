-- Verify hypermind:functions/chain_problem on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.chain_problem(uuid)', p_volatility => 's');

rollback;
