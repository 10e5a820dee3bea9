-- Verify hypermind:functions/run_leaf on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_leaf(uuid, bigint, bytea)', p_volatility => 'i');

rollback;
