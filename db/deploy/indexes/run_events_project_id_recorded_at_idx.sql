-- Deploy hypermind:indexes/run_events_project_id_recorded_at_idx to pg
-- requires: tables/run_events

begin;

set local role hypermind_owner;

-- activity(): what a project recorded between two moments, newest first.
create index run_events_project_id_recorded_at_idx on hypermind.run_events (project_id, recorded_at desc);

commit;
