-- Deploy hypermind:tables/run_outcomes to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

create table hypermind.run_outcomes (
    run_id        uuid        not null,
    project_id    uuid        not null,
    status        text        not null,
    last_seq      bigint      not null,
    last_hash     bytea       not null,
    ended_at      timestamptz not null,
    events        bigint      not null,
    input_tokens  bigint      not null,
    output_tokens bigint      not null,
    cost          numeric     not null,
    constraint run_outcomes_pkey primary key (run_id),
    constraint run_outcomes_status_is_final check (status in ('completed', 'failed', 'cancelled')),
    constraint run_outcomes_count_every_event check (events = last_seq)
) partition by range (run_id);

comment on table hypermind.run_outcomes is 'Closed runs: how they ended, where their chain ends, and their totals.';
comment on column hypermind.run_outcomes.run_id is 'The run.';
comment on column hypermind.run_outcomes.project_id is 'The project of the run, as in runs.';
comment on column hypermind.run_outcomes.status is 'completed, failed or cancelled.';
comment on column hypermind.run_outcomes.last_seq is 'The seq of the last event, the transition into this status.';
comment on column hypermind.run_outcomes.last_hash is 'The event_hash of the last event: whoever kept it elsewhere can prove the whole run.';
comment on column hypermind.run_outcomes.ended_at is 'When the run ended.';
comment on column hypermind.run_outcomes.events is 'How many events the run has.';
comment on column hypermind.run_outcomes.input_tokens is 'Sum over its events.';
comment on column hypermind.run_outcomes.output_tokens is 'Sum over its events.';
comment on column hypermind.run_outcomes.cost is 'Sum over its events, in the currency of the application.';

alter table hypermind.run_outcomes enable row level security;
grant select on hypermind.run_outcomes to hypermind_reader;

commit;
