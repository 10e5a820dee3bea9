-- Revert hypermind:functions/lock_open_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.lock_open_run(uuid, bigint, bigint);

commit;
