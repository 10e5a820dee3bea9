-- Deploy hypermind:tables/archives to pg
-- requires: schemas/hypermind

begin;

set local role hypermind_owner;

create table hypermind.archives (
    archive_id      uuid        not null,
    period          date        not null,
    location        text        not null,
    manifest        jsonb       not null,
    manifest_sha256 bytea       not null,
    merkle_root     bytea       not null,
    runs            bigint      not null,
    events          bigint      not null,
    erasures        bigint      not null,
    supersedes      uuid,
    archived_by     text        not null,
    archived_at     timestamptz not null,
    constraint archives_pkey primary key (archive_id),
    constraint archives_are_superseded_once unique (supersedes),
    constraint archives_supersede_an_archive foreign key (supersedes) references hypermind.archives
);

comment on table hypermind.archives is
    'Copies of whole months outside of the database, each compared with what was here when it was recorded.';
comment on column hypermind.archives.archive_id is 'Identity of the archive; the idempotency key of record_archive().';
comment on column hypermind.archives.period is 'The first day of the month, UTC, whose runs it holds.';
comment on column hypermind.archives.location is 'Where its files are: the URL or path of their folder.';
comment on column hypermind.archives.manifest is 'What they hold: counts, files, hashes (docs/archive.md).';
comment on column hypermind.archives.manifest_sha256 is 'SHA-256 of the manifest as the file has it.';
comment on column hypermind.archives.merkle_root is
    'Merkle root over its runs, by id, and where their chains end (docs/hash-chain.md).';
comment on column hypermind.archives.runs is 'How many runs it holds.';
comment on column hypermind.archives.events is 'How many events they have.';
comment on column hypermind.archives.erasures is
    'How many erasures of these runs had been recorded when it was made: what they erased is not in it.';
comment on column hypermind.archives.supersedes is 'The archive that it takes the place of; NULL for the first.';
comment on column hypermind.archives.archived_by is 'The role that recorded it.';
comment on column hypermind.archives.archived_at is 'When it was recorded.';

alter table hypermind.archives enable row level security;
grant select on hypermind.archives to hypermind_reader;

commit;
