-- Deploy hypermind:triggers/archive_runs_append_only to pg
-- requires: tables/archive_runs
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- What an archive holds stays on record: guards against changing its runs.
create trigger archive_runs_append_only
    before update or delete on hypermind.archive_runs
    for each row execute function hypermind_private.forbid_mutation();

create trigger archive_runs_no_truncate
    before truncate on hypermind.archive_runs
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.archive_runs enable always trigger archive_runs_append_only;
alter table hypermind.archive_runs enable always trigger archive_runs_no_truncate;

commit;
