-- Verify hypermind:functions/period_end on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.period_end(timestamp with time zone)', p_volatility => 's');

rollback;
