-- Revert hypermind:functions/take_snapshot from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.take_snapshot(uuid, bigint);

commit;
