-- Verify hypermind:functions/overdue_runs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.overdue_runs(date)', p_volatility => 'v');

rollback;
