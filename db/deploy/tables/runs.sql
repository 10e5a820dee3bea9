-- Deploy hypermind:tables/runs to pg
-- requires: tables/projects

begin;

set local role hypermind_owner;

create table hypermind.runs (
    run_id            uuid        not null,
    project_id        uuid        not null,
    mode              text        not null,
    agent             text,
    model             text,
    tags              text[]      not null,
    owner             text        not null,
    created_by        text        not null,
    input             jsonb,
    metadata          jsonb,
    salt              uuid,
    parent_run_id     uuid,
    forked_at_seq     bigint,
    parent_event_hash bytea,
    created_at        timestamptz not null,
    constraint runs_pkey primary key (run_id),
    constraint runs_belong_to_a_project foreign key (project_id) references hypermind.projects,
    constraint runs_mode_is_known check (mode in ('chat', 'workflow', 'batch', 'compare', 'replay', 'evaluate')),
    constraint runs_fork_names_its_parent check (
        (forked_at_seq is null) = (parent_event_hash is null) and (forked_at_seq is null or parent_run_id is not null)
    )
) partition by range (run_id);

comment on table hypermind.runs is
    'What is fixed when a run is created. Open runs have their status in run_heads, closed ones in run_outcomes.';
comment on column hypermind.runs.run_id is 'UUID version 7: its time decides the period that the run and all its rows are kept in.';
comment on column hypermind.runs.project_id is 'The project the run belongs to.';
comment on column hypermind.runs.mode is 'chat, workflow, batch, compare, replay or evaluate.';
comment on column hypermind.runs.agent is 'Name of the agent, for people and filters; what it was made of is pinned in run_config_refs.';
comment on column hypermind.runs.model is 'Name of the main model, for people and filters.';
comment on column hypermind.runs.tags is 'Free words to find the run by.';
comment on column hypermind.runs.owner is 'The person or service that the run was made for, as the application names them.';
comment on column hypermind.runs.created_by is 'The database role that created the run.';
comment on column hypermind.runs.input is 'The request, a JSON object. NULL once erased.';
comment on column hypermind.runs.metadata is 'Whatever else is worth keeping, a JSON object. NULL once erased.';
comment on column hypermind.runs.salt is 'Random, part of the hashes of input and metadata, so that an erased one cannot be guessed back. NULL once erased.';
comment on column hypermind.runs.parent_run_id is 'The run this one was forked from, or judges. It may be archived: there is no foreign key.';
comment on column hypermind.runs.forked_at_seq is 'The seq of the parent whose state this run starts from.';
comment on column hypermind.runs.parent_event_hash is 'The event_hash of the parent at forked_at_seq: 32 zero bytes at seq 0.';
comment on column hypermind.runs.created_at is 'When the run was created.';

alter table hypermind.runs enable row level security;
grant select on hypermind.runs to hypermind_reader;

commit;
