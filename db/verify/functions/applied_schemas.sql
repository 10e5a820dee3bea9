-- Verify hypermind:functions/applied_schemas on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.applied_schemas(jsonb, jsonb, text)', p_volatility => 'i');

rollback;
