-- Deploy hypermind:indexes/runs_project_id_run_id_idx to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

-- The runs of a project, newest first.
create index runs_project_id_run_id_idx on hypermind.runs (project_id, run_id desc);

commit;
