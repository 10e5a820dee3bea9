-- Deploy hypermind:tables/rollups to pg
-- requires: tables/projects

begin;

set local role hypermind_owner;

create table hypermind.rollups (
    project_id    uuid       not null,
    basis         text       not null,
    day           date       not null,
    period        date       not null,
    group_key     bytea      not null,
    model         text,
    tool          text,
    agent         text,
    agent_version integer,
    status        text,
    event_type    text,
    runs          bigint,
    events        bigint     not null,
    input_tokens  bigint     not null,
    output_tokens bigint     not null,
    cost          numeric    not null,
    buckets       smallint[] not null,
    counts        integer[]  not null,
    -- The names are in the key as their hash: four of 200 characters are more than an index entry may have. No foreign key to
    -- projects: it would be a third of a refresh, and projects are never deleted.
    constraint rollups_pkey primary key (project_id, basis, day, period, group_key),
    constraint rollups_basis_is_known check (basis in ('run', 'event')),
    constraint rollups_count_runs_by_their_start check ((basis = 'run') = (runs is not null)),
    constraint rollups_count_every_bucket check (cardinality(buckets) = cardinality(counts))
);

comment on table hypermind.rollups is
    'The figures of the ended runs that refresh_rollups() has counted. Ask rollup(): it adds those of the others.';
comment on column hypermind.rollups.project_id is 'The project of the runs.';
comment on column hypermind.rollups.basis is
    'run: whole runs, on the day they started. event: events, on the day they happened.';
comment on column hypermind.rollups.day is
    'The day, UTC: of the run''s id (basis run), or of the event''s occurred_at (basis event).';
comment on column hypermind.rollups.period is 'The first day of the period that keeps the runs.';
comment on column hypermind.rollups.group_key is 'SHA-256 over model, tool, agent, agent_version, status and event_type.';
comment on column hypermind.rollups.model is 'The model of the run, or of the event.';
comment on column hypermind.rollups.tool is 'The tool of the event.';
comment on column hypermind.rollups.agent is
    'The one agent that the run pinned; if it pinned none, or several, the name that the run was given.';
comment on column hypermind.rollups.agent_version is 'The version of the one agent that the run pinned.';
comment on column hypermind.rollups.status is 'How the run ended.';
comment on column hypermind.rollups.event_type is 'The type of the event.';
comment on column hypermind.rollups.runs is 'How many runs; NULL for the basis event.';
comment on column hypermind.rollups.events is 'How many events.';
comment on column hypermind.rollups.input_tokens is 'Sum over the events.';
comment on column hypermind.rollups.output_tokens is 'Sum over the events.';
comment on column hypermind.rollups.cost is 'Sum over the events, in the currency of the application.';
comment on column hypermind.rollups.buckets is
    'Which buckets of duration are not empty (duration_bucket), ascending: of the runs from creation to end, or of '
    'model.responded and tool.returned since their parent event.';
comment on column hypermind.rollups.counts is 'How many durations each of the buckets holds.';

alter table hypermind.rollups enable row level security;
grant select on hypermind.rollups to hypermind_reader;

commit;
