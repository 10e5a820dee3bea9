-- Deploy hypermind:indexes/run_events_run_id_parent_seq_seq_idx to pg
-- requires: tables/run_events

begin;

set local role hypermind_owner;

-- run_timeline(): the last step of an event, which says how long it took.
create index run_events_run_id_parent_seq_seq_idx on hypermind.run_events (run_id, parent_seq, seq) where parent_seq is not null;

commit;
