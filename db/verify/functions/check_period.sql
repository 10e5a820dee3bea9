-- Verify hypermind:functions/check_period on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_period(date)', p_volatility => 's');

rollback;
