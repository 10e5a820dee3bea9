-- Deploy hypermind:indexes/run_config_refs_config_id_version_run_id_idx to pg
-- requires: tables/run_config_refs

begin;

set local role hypermind_owner;

-- runs_of_config(), list_runs() by config: the runs that pinned a version, newest first.
create index run_config_refs_config_id_version_run_id_idx on hypermind.run_config_refs (config_id, version, run_id desc);

commit;
