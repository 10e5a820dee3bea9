-- Verify hypermind:functions/column_schema on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.column_schema(jsonb)', p_volatility => 'i');

rollback;
