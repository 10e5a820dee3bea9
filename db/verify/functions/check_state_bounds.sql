-- Verify hypermind:functions/check_state_bounds on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_state_bounds(bigint, boolean)', p_volatility => 'i');

rollback;
