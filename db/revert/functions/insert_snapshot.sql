-- Revert hypermind:functions/insert_snapshot from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.insert_snapshot(uuid, bigint, uuid, jsonb);

commit;
