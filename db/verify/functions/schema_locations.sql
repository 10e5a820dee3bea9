-- Verify hypermind:functions/schema_locations on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.schema_locations(jsonb)', p_volatility => 'i');

rollback;
