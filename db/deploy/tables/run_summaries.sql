-- Deploy hypermind:tables/run_summaries to pg
-- requires: tables/projects
-- requires: tables/archives

begin;

set local role hypermind_owner;

-- One line a run, for lists, in one table: a list over periods would plan and lock every one of them. Most of it is said in runs,
-- run_config_refs and run_outcomes, too, which are what counts; check_integrity() compares them.
create table hypermind.run_summaries (
    run_id        uuid        not null,
    project_id    uuid        not null,
    mode          text        not null,
    agent         text,
    model         text,
    owner         text        not null,
    tags          text[]      not null,
    title         text,
    status        text        not null,
    created_at    timestamptz not null,
    ended_at      timestamptz,
    events        bigint,
    input_tokens  bigint,
    output_tokens bigint,
    cost          numeric,
    parent_run_id uuid,
    forked_at_seq bigint,
    words         bytea[]     not null,
    archive_id    uuid,
    constraint run_summaries_pkey primary key (run_id),
    constraint run_summaries_belong_to_a_project foreign key (project_id) references hypermind.projects,
    constraint run_summaries_name_an_archive foreign key (archive_id) references hypermind.archives,
    constraint run_summaries_archive_ended_runs check (archive_id is null or ended_at is not null),
    constraint run_summaries_have_totals_once_ended check (
        (status in ('queued', 'running', 'paused')) = (ended_at is null)
        and (ended_at is null) = (events is null)
        and (ended_at is null) = (input_tokens is null)
        and (ended_at is null) = (output_tokens is null)
        and (ended_at is null) = (cost is null)
    )
) with (fillfactor = 80);

comment on table hypermind.run_summaries is
    'What lists show of each run, kept in step by the functions that create, move and end runs.';
comment on column hypermind.run_summaries.run_id is 'The run.';
comment on column hypermind.run_summaries.project_id is 'The project of the run, as in runs.';
comment on column hypermind.run_summaries.mode is 'As in runs.';
comment on column hypermind.run_summaries.agent is 'As in runs.';
comment on column hypermind.run_summaries.model is 'As in runs.';
comment on column hypermind.run_summaries.owner is 'As in runs.';
comment on column hypermind.run_summaries.tags is 'As in runs.';
comment on column hypermind.run_summaries.title is
    'The member "title" of the metadata, its first 200 characters. NULL once erased.';
comment on column hypermind.run_summaries.status is 'queued, running, paused, completed, failed or cancelled.';
comment on column hypermind.run_summaries.created_at is 'As in runs.';
comment on column hypermind.run_summaries.ended_at is 'As in run_outcomes. NULL while the run is open.';
comment on column hypermind.run_summaries.events is
    'As in run_outcomes. NULL while the run is open, and so are the other totals.';
comment on column hypermind.run_summaries.input_tokens is 'As in run_outcomes.';
comment on column hypermind.run_summaries.output_tokens is 'As in run_outcomes.';
comment on column hypermind.run_summaries.cost is 'As in run_outcomes.';
comment on column hypermind.run_summaries.parent_run_id is 'As in runs.';
comment on column hypermind.run_summaries.forked_at_seq is 'As in runs.';
comment on column hypermind.run_summaries.words is
    'What it is found by besides: digests of its tags and of the config versions that it pinned (run_words).';
comment on column hypermind.run_summaries.archive_id is
    'The archive that has the rows of the run; NULL while they are here.';

alter table hypermind.run_summaries enable row level security;
grant select on hypermind.run_summaries to hypermind_reader;

commit;
