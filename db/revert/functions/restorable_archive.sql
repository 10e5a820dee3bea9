-- Revert hypermind:functions/restorable_archive from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.restorable_archive(uuid);

commit;
