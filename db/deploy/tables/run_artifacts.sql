-- Deploy hypermind:tables/run_artifacts to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

create table hypermind.run_artifacts (
    run_id      uuid        not null,
    artifact_id uuid        not null,
    project_id  uuid        not null,
    seq         bigint      not null,
    kind        text        not null,
    media_type  text        not null,
    uri         text,
    sha256      bytea       not null,
    size_bytes  bigint      not null,
    metadata    jsonb,
    salt        uuid,
    created_at  timestamptz not null,
    constraint run_artifacts_pkey primary key (run_id, artifact_id),
    constraint run_artifacts_belong_to_one_event unique (run_id, seq),
    constraint run_artifacts_sha256_has_32_bytes check (length(sha256) = 32),
    constraint run_artifacts_size_is_not_negative check (size_bytes >= 0)
) partition by range (run_id);

comment on table hypermind.run_artifacts is 'Pointers to files that a run read or made; the files themselves are kept elsewhere.';
comment on column hypermind.run_artifacts.run_id is 'The run.';
comment on column hypermind.run_artifacts.artifact_id is 'Identity of the artifact in the run; the idempotency key of attach_artifact().';
comment on column hypermind.run_artifacts.project_id is 'The project of the run, as in runs.';
comment on column hypermind.run_artifacts.seq is 'Its artifact.attached event, whose parent_seq is the step that made it.';
comment on column hypermind.run_artifacts.kind is 'What it is to the application, such as report or screenshot.';
comment on column hypermind.run_artifacts.media_type is 'Media type (RFC 6838), such as text/csv.';
comment on column hypermind.run_artifacts.uri is 'Where it is kept. NULL once erased.';
comment on column hypermind.run_artifacts.sha256 is 'SHA-256 of the file, 32 bytes.';
comment on column hypermind.run_artifacts.size_bytes is 'Size of the file in bytes.';
comment on column hypermind.run_artifacts.metadata is 'Whatever else is worth keeping, a JSON object. NULL once erased.';
comment on column hypermind.run_artifacts.salt is 'Random, part of the hashes of uri and metadata. NULL once erased.';
comment on column hypermind.run_artifacts.created_at is 'When it was attached.';

alter table hypermind.run_artifacts enable row level security;
grant select on hypermind.run_artifacts to hypermind_reader;

commit;
