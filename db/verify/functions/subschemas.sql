-- Verify hypermind:functions/subschemas on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.subschemas(jsonb)', p_volatility => 'i');

rollback;
