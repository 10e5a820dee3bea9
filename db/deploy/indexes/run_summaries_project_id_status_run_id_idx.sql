-- Deploy hypermind:indexes/run_summaries_project_id_status_run_id_idx to pg
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

-- list_runs() by status, newest first.
create index run_summaries_project_id_status_run_id_idx on hypermind.run_summaries (project_id, status, run_id desc);

commit;
