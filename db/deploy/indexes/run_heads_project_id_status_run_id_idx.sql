-- Deploy hypermind:indexes/run_heads_project_id_status_run_id_idx to pg
-- requires: tables/run_heads

begin;

set local role hypermind_owner;

-- list_runs() by status: a project's open runs of one status, newest first. No append changes these columns: its updates stay
-- HOT.
create index run_heads_project_id_status_run_id_idx on hypermind.run_heads (project_id, status, run_id desc);

commit;
