-- Verify hypermind:functions/period_state on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.period_state(date)', p_volatility => 's');

rollback;
