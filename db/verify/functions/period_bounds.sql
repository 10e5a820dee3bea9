-- Verify hypermind:functions/period_bounds on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.period_bounds(date)', p_volatility => 's');

rollback;
