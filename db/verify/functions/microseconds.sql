-- Verify hypermind:functions/microseconds on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.microseconds(timestamp with time zone)', p_volatility => 's');

rollback;
