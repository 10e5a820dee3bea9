-- Deploy hypermind:triggers/run_config_refs_append_only to pg
-- requires: tables/run_config_refs
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- Cloned to every leaf, so that a leaf named directly is guarded too.
create trigger run_config_refs_append_only
    before update or delete on hypermind.run_config_refs
    for each row execute function hypermind_private.forbid_mutation();

-- Never cloned: make_period() gives each leaf its own.
create trigger run_config_refs_no_truncate
    before truncate on hypermind.run_config_refs
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.run_config_refs enable always trigger run_config_refs_append_only;
alter table hypermind.run_config_refs enable always trigger run_config_refs_no_truncate;

commit;
