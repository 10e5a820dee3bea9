-- Deploy hypermind:indexes/runs_project_tags_idx to pg
-- requires: tables/runs
-- requires: functions/project_tags

begin;

set local role hypermind_owner;

-- list_runs() by tags that few runs have. fastupdate is off: no create_run() pays for the pending lists of others.
create index runs_project_tags_idx on hypermind.runs
    using gin (hypermind_private.project_tags(project_id, tags)) with (fastupdate = off);

commit;
