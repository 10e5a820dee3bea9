-- Revert hypermind:functions/end_expired_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.end_expired_run(uuid, timestamp with time zone);

commit;
