-- Verify hypermind:functions/genesis_hash on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.genesis_hash()', p_volatility => 'i');

rollback;
