-- Verify hypermind:functions/compile_schema on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.compile_schema(jsonb, text)', p_volatility => 'v');

rollback;
