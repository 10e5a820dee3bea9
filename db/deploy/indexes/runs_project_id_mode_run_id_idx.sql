-- Deploy hypermind:indexes/runs_project_id_mode_run_id_idx to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

-- list_runs() by mode: a project's runs of one mode, newest first.
create index runs_project_id_mode_run_id_idx on hypermind.runs (project_id, mode, run_id desc);

commit;
