-- Verify hypermind:functions/merkle_root on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.merkle_root(bytea[])', p_volatility => 'i');

rollback;
