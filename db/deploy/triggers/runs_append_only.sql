-- Deploy hypermind:triggers/runs_append_only to pg
-- requires: tables/runs
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- Cloned to every leaf, so that a leaf named directly is guarded too.
create trigger runs_append_only
    before update or delete on hypermind.runs
    for each row execute function hypermind_private.forbid_mutation();

-- Never cloned: make_period() gives each leaf its own.
create trigger runs_no_truncate
    before truncate on hypermind.runs
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.runs enable always trigger runs_append_only;
alter table hypermind.runs enable always trigger runs_no_truncate;

commit;
