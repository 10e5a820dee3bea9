-- Deploy hypermind:indexes/runs_project_id_model_run_id_idx to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

-- list_runs() by model: a project's runs of one model, newest first.
create index runs_project_id_model_run_id_idx on hypermind.runs (project_id, model, run_id desc);

commit;
