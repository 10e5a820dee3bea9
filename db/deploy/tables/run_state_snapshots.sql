-- Deploy hypermind:tables/run_state_snapshots to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

create table hypermind.run_state_snapshots (
    run_id           uuid        not null,
    seq              bigint      not null,
    project_id       uuid        not null,
    state            jsonb,
    salt             uuid,
    state_hash       bytea       not null,
    taken_at         timestamptz not null,
    taken_by         text        not null,
    contract_version integer,
    constraint run_state_snapshots_pkey primary key (run_id, seq),
    constraint run_state_snapshots_count_from_zero check (seq >= 0)
) partition by range (run_id);

comment on table hypermind.run_state_snapshots is
    'States that need not be folded from the first event. Seq 0 is the base state of a forked run; all others follow from the events.';
comment on column hypermind.run_state_snapshots.run_id is 'The run.';
comment on column hypermind.run_state_snapshots.seq is 'The state after the event with this seq.';
comment on column hypermind.run_state_snapshots.project_id is 'The project of the run, as in runs.';
comment on column hypermind.run_state_snapshots.state is 'The state. NULL once erased.';
comment on column hypermind.run_state_snapshots.salt is 'Random, part of state_hash, so that an erased state cannot be guessed back. NULL once erased.';
comment on column hypermind.run_state_snapshots.state_hash is 'SHA-256 over salt and state (docs/hash-chain.md).';
comment on column hypermind.run_state_snapshots.taken_at is 'When it was taken.';
comment on column hypermind.run_state_snapshots.taken_by is 'The role that took it, or whose append made it due.';
comment on column hypermind.run_state_snapshots.contract_version is
    'The version of the project''s state contract that it met; NULL when there was none.';

alter table hypermind.run_state_snapshots enable row level security;
grant select on hypermind.run_state_snapshots to hypermind_reader;

commit;
