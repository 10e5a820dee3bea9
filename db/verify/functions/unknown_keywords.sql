-- Verify hypermind:functions/unknown_keywords on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.unknown_keywords(jsonb)', p_volatility => 'i');

rollback;
