-- Revert hypermind:functions/snapshot_is_due from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.snapshot_is_due(integer, bigint, bigint);

commit;
