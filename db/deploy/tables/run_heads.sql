-- Deploy hypermind:tables/run_heads to pg
-- requires: tables/projects

begin;

set local role hypermind_owner;

-- The life of a run; each arrow is one event in its chain (transition_run):
--
--            +-----------------------------------+----------------> cancelled
--            |              +--------------------+----------------> failed
--            |              |                    |
--   (*) -> queued ------> running -----------> completed
--            |             |   ^
--            |             v   |
--            +----x      paused --------------------------------> cancelled, failed
--
-- run_heads holds open runs (queued, running, paused) only (triggers/run_heads_are_legal): the head moves to run_outcomes when the
-- run ends.
create table hypermind.run_heads (
    run_id                uuid        not null,
    project_id            uuid        not null,
    project_role          text        not null,
    status                text        not null,
    last_seq              bigint      not null,
    last_hash             bytea       not null,
    last_recorded_at      timestamptz not null,
    tools                 text[]      not null default '{}',
    epoch                 bigint      not null default 0,
    claimed_by            text,
    claim_expires_at      timestamptz,
    cancel_requested_seq  bigint,
    state_shape           jsonb,
    deltas_since_snapshot integer     not null default 0,
    delta_bytes           bigint      not null default 0,
    snapshot_bytes        bigint      not null default 0,
    constraint run_heads_pkey primary key (run_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);

comment on table hypermind.run_heads is
    'Open runs: where their chain ends. The one table that changes; its row lock is what puts the writers of a run in line.';
comment on column hypermind.run_heads.run_id is 'The run.';
comment on column hypermind.run_heads.project_id is 'The project of the run, as in runs.';
comment on column hypermind.run_heads.project_role is 'The role of that project, so that an append reads no other table.';
comment on column hypermind.run_heads.status is 'queued, running or paused.';
comment on column hypermind.run_heads.last_seq is 'The seq of the last event.';
comment on column hypermind.run_heads.last_hash is 'The event_hash of the last event; 32 zero bytes before the first.';
comment on column hypermind.run_heads.last_recorded_at is 'recorded_at of the last event: no later event may have an earlier one.';
comment on column hypermind.run_heads.tools is 'Some of the tools that run_tools has already: an append looks there for others only.';
comment on column hypermind.run_heads.epoch is 'Counts the claims of the run: a writer that gives an older epoch is refused.';
comment on column hypermind.run_heads.claimed_by is 'The worker that holds the run, NULL when nobody does.';
comment on column hypermind.run_heads.claim_expires_at is 'From when on another worker may claim the run.';
comment on column hypermind.run_heads.cancel_requested_seq is 'The seq of run.cancel_requested, NULL while nobody asked.';
comment on column hypermind.run_heads.state_shape is
    'A small summary of the current state against which a JSON Patch is checked (state_shape); NULL: compute the state.';
comment on column hypermind.run_heads.deltas_since_snapshot is 'Events with a state_delta since the last automatic snapshot.';
comment on column hypermind.run_heads.delta_bytes is 'Stored bytes of those deltas.';
comment on column hypermind.run_heads.snapshot_bytes is 'Stored bytes of the last automatic snapshot.';

alter table hypermind.run_heads enable row level security;
grant select on hypermind.run_heads to hypermind_reader;

commit;
