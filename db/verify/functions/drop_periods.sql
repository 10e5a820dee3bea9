-- Verify hypermind:functions/drop_periods on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.drop_periods()', p_volatility => 'v');

rollback;
