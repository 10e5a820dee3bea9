-- Revert hypermind:triggers/archive_runs_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger archive_runs_no_truncate on hypermind.archive_runs;
drop trigger archive_runs_append_only on hypermind.archive_runs;

commit;
