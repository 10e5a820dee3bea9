-- Verify hypermind:functions/check_value on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_value(jsonb)', p_volatility => 'v');

rollback;
