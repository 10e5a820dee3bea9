-- Revert hypermind:functions/merkle_root from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.merkle_root(bytea[]);

commit;
