-- Verify hypermind:functions/chain_hash on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.chain_hash(bytea, bytea)', p_volatility => 'i');

rollback;
