-- Verify hypermind:functions/run_row_problem on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_row_problem(uuid)', p_volatility => 's');

rollback;
