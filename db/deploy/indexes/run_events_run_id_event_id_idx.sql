-- Deploy hypermind:indexes/run_events_run_id_event_id_idx to pg
-- requires: tables/run_events

begin;

set local role hypermind_owner;

-- A retried append finds the event that it made the first time.
create unique index run_events_run_id_event_id_idx on hypermind.run_events (run_id, event_id) where event_id is not null;

commit;
