-- Deploy hypermind:tables/archive_runs to pg
-- requires: tables/archives
-- requires: tables/projects

begin;

set local role hypermind_owner;

create table hypermind.archive_runs (
    archive_id uuid   not null,
    run_id     uuid   not null,
    project_id uuid   not null,
    last_seq   bigint not null,
    last_hash  bytea  not null,
    constraint archive_runs_pkey primary key (run_id, archive_id),
    constraint archive_runs_belong_to_an_archive foreign key (archive_id) references hypermind.archives,
    constraint archive_runs_belong_to_a_project foreign key (project_id) references hypermind.projects
);

comment on table hypermind.archive_runs is
    'Which runs an archive holds, and where their chains end: what a restored run is compared with.';
comment on column hypermind.archive_runs.archive_id is 'The archive.';
comment on column hypermind.archive_runs.run_id is 'A run that it holds.';
comment on column hypermind.archive_runs.project_id is 'The project of the run, as in runs.';
comment on column hypermind.archive_runs.last_seq is 'The seq of its last event.';
comment on column hypermind.archive_runs.last_hash is 'The event_hash of its last event: it proves the copy.';

alter table hypermind.archive_runs enable row level security;
grant select on hypermind.archive_runs to hypermind_reader;

commit;
