-- Verify hypermind:functions/salted_hash on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.salted_hash(uuid, jsonb)', p_volatility => 's');

rollback;
