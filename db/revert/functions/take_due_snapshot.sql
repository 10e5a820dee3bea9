-- Revert hypermind:functions/take_due_snapshot from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.take_due_snapshot(uuid, bigint, uuid);

commit;
