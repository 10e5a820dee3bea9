-- Revert hypermind:functions/chain_hash from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop aggregate hypermind_private.chain_hash(bytea, bytea);

commit;
