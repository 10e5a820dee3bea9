-- Revert hypermind:functions/refuse_if_retired from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_if_retired(uuid, uuid);

commit;
