-- Deploy hypermind:tables/run_events to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

create table hypermind.run_events (
    run_id           uuid        not null,
    seq              bigint      not null,
    project_id       uuid        not null,
    event_id         uuid,
    event_type       text        not null,
    contract_version integer,
    parent_seq       bigint,
    payload          jsonb,
    state_delta      jsonb,
    salt             uuid,
    model            text,
    tool             text,
    tags             text[],
    input_tokens     bigint,
    output_tokens    bigint,
    cost             numeric,
    text_rule        smallint,
    subject_hash     bytea,
    occurred_at      timestamptz not null,
    recorded_at      timestamptz not null,
    event_hash       bytea       not null,
    constraint run_events_pkey primary key (run_id, seq),
    constraint run_events_count_from_one check (seq >= 1),
    constraint run_events_nest_under_an_earlier_one check (parent_seq between 1 and seq - 1)
) partition by range (run_id);

comment on table hypermind.run_events is
    'The append-only chain of what happened in a run. Foreign keys are left out on purpose: the head that a writer updates proves the run.';
comment on column hypermind.run_events.run_id is 'The run.';
comment on column hypermind.run_events.seq is '1, 2, 3 ... in the order of the appends, without gaps.';
comment on column hypermind.run_events.project_id is 'The project of the run, as in runs.';
comment on column hypermind.run_events.event_id is 'The idempotency key that the client gave, unique in the run.';
comment on column hypermind.run_events.event_type is 'What happened, such as model.responded.';
comment on column hypermind.run_events.contract_version is 'The version of the payload contract that the event met; NULL when its type has none.';
comment on column hypermind.run_events.parent_seq is 'The event that this one is a step of.';
comment on column hypermind.run_events.payload is 'What there is to know of it, a JSON object. NULL once erased.';
comment on column hypermind.run_events.state_delta is
    'What it changed in the state: an array is a JSON Patch (RFC 6902), an object a merge patch (RFC 7396). NULL: nothing, or erased.';
comment on column hypermind.run_events.salt is 'Random, part of the hashes of payload and state_delta, so that erased ones cannot be guessed back. NULL once erased.';
comment on column hypermind.run_events.model is 'The model that was asked.';
comment on column hypermind.run_events.tool is 'The tool that was called.';
comment on column hypermind.run_events.tags is 'Free words to find the event by.';
comment on column hypermind.run_events.input_tokens is 'Tokens the model read.';
comment on column hypermind.run_events.output_tokens is 'Tokens the model wrote.';
comment on column hypermind.run_events.cost is 'What it cost, in the currency of the application.';
comment on column hypermind.run_events.text_rule is 'Number of the rule that says which text of the payload is searchable; NULL: none.';
comment on column hypermind.run_events.subject_hash is
    'Of run.created, artifact.attached and the final transition: the hash of the rows they vouch for (docs/hash-chain.md).';
comment on column hypermind.run_events.occurred_at is 'When it happened, as the client says.';
comment on column hypermind.run_events.recorded_at is 'When it was appended, as the server says; never earlier than that of the event before.';
comment on column hypermind.run_events.event_hash is 'SHA-256 over every column and the event_hash of the event before (docs/hash-chain.md).';

alter table hypermind.run_events enable row level security;
grant select on hypermind.run_events to hypermind_reader;

commit;
