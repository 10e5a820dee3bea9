-- Deploy hypermind:indexes/run_tools_project_id_tool_run_id_idx to pg
-- requires: tables/run_tools

begin;

set local role hypermind_owner;

-- list_runs() by tool, newest first.
create index run_tools_project_id_tool_run_id_idx on hypermind.run_tools (project_id, tool, run_id desc);

commit;
