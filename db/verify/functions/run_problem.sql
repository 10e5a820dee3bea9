-- Verify hypermind:functions/run_problem on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_problem(uuid)', p_volatility => 's');

rollback;
