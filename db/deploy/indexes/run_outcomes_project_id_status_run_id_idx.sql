-- Deploy hypermind:indexes/run_outcomes_project_id_status_run_id_idx to pg
-- requires: tables/run_outcomes

begin;

set local role hypermind_owner;

-- list_runs() by status: a project's closed runs of one status, newest first.
create index run_outcomes_project_id_status_run_id_idx on hypermind.run_outcomes (project_id, status, run_id desc);

commit;
