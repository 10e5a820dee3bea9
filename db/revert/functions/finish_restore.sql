-- Revert hypermind:functions/finish_restore from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.finish_restore(uuid, uuid[]);

commit;
