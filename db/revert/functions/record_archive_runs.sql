-- Revert hypermind:functions/record_archive_runs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.record_archive_runs(uuid, date, uuid);

commit;
