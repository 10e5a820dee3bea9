-- Deploy hypermind:indexes/run_events_project_id_tool_run_id_idx to pg
-- requires: tables/run_events

begin;

set local role hypermind_owner;

-- list_runs() by tool: from one run of a project that used it to the next.
create index run_events_project_id_tool_run_id_idx on hypermind.run_events (project_id, tool, run_id desc) where tool is not null;

commit;
