-- Deploy hypermind:triggers/run_state_snapshots_append_only to pg
-- requires: tables/run_state_snapshots
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- Cloned to every leaf, so that a leaf named directly is guarded too.
create trigger run_state_snapshots_append_only
    before update or delete on hypermind.run_state_snapshots
    for each row execute function hypermind_private.forbid_mutation();

-- Never cloned: make_period() gives each leaf its own.
create trigger run_state_snapshots_no_truncate
    before truncate on hypermind.run_state_snapshots
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.run_state_snapshots enable always trigger run_state_snapshots_append_only;
alter table hypermind.run_state_snapshots enable always trigger run_state_snapshots_no_truncate;

commit;
