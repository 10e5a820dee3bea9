-- Deploy hypermind:indexes/runs_project_id_agent_run_id_idx to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

-- list_runs() by agent: a project's runs of one agent, newest first.
create index runs_project_id_agent_run_id_idx on hypermind.runs (project_id, agent, run_id desc);

commit;
