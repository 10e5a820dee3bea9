-- Verify hypermind:functions/canonical_hash on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.canonical_hash(jsonb)', p_volatility => 's');

rollback;
