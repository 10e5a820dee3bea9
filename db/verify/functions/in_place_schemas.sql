-- Verify hypermind:functions/in_place_schemas on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.in_place_schemas(jsonb)', p_volatility => 'i');

rollback;
