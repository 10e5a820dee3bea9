-- Revert hypermind:functions/held_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.held_run(uuid, uuid);

commit;
