-- Revert hypermind:functions/archive_location from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.archive_location(uuid);

commit;
