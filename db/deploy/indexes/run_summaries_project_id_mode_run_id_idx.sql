-- Deploy hypermind:indexes/run_summaries_project_id_mode_run_id_idx to pg
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

-- list_runs() by mode, newest first.
create index run_summaries_project_id_mode_run_id_idx on hypermind.run_summaries (project_id, mode, run_id desc);

commit;
