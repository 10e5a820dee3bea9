-- Verify hypermind:functions/make_period on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.make_period(timestamp with time zone)', p_volatility => 'v');

rollback;
