-- Verify hypermind:functions/check_schema on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_schema(jsonb)', p_volatility => 'v');

rollback;
