-- Deploy hypermind:indexes/runs_project_id_owner_run_id_idx to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

-- list_runs() by owner: a project's runs of one owner, newest first.
create index runs_project_id_owner_run_id_idx on hypermind.runs (project_id, owner, run_id desc);

commit;
