-- Revert hypermind:functions/list_holds from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.list_holds(uuid, uuid, boolean);

commit;
