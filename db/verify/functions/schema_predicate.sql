-- Verify hypermind:functions/schema_predicate on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.schema_predicate(jsonb)', p_volatility => 'i');

rollback;
