-- Verify hypermind:functions/type_matches on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.type_matches(jsonb, jsonb)', p_volatility => 'i');

rollback;
