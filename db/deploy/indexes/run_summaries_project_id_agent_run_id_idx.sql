-- Deploy hypermind:indexes/run_summaries_project_id_agent_run_id_idx to pg
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

-- list_runs() by agent, newest first.
create index run_summaries_project_id_agent_run_id_idx on hypermind.run_summaries (project_id, agent, run_id desc);

commit;
