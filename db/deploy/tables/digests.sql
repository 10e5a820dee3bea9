-- Deploy hypermind:tables/digests to pg
-- requires: schemas/hypermind

begin;

set local role hypermind_owner;

create table hypermind.digests (
    number        bigint      not null,
    runs          bigint      not null,
    merkle_root   bytea       not null,
    previous_hash bytea       not null,
    issued_by     text        not null,
    issued_at     timestamptz not null,
    digest_hash   bytea       not null,
    constraint digests_pkey primary key (number),
    constraint digests_count_from_one check (number >= 1),
    constraint digests_runs_are_not_negative check (runs >= 0)
);

comment on table hypermind.digests is
    'What all runs together were, from time to time: worth something once a copy is kept outside (docs/digests.md).';
comment on column hypermind.digests.number is '1, 2, 3 without gaps.';
comment on column hypermind.digests.runs is 'How many runs had changed since the digest before: its rows in digest_leaves.';
comment on column hypermind.digests.merkle_root is 'The Merkle root over those runs, by run_id (docs/hash-chain.md).';
comment on column hypermind.digests.previous_hash is 'digest_hash of the digest before; 32 zero bytes of the first.';
comment on column hypermind.digests.issued_by is 'The role that issued it.';
comment on column hypermind.digests.issued_at is 'When it was issued; not before the one before it.';
comment on column hypermind.digests.digest_hash is
    'SHA-256 over the other columns (docs/hash-chain.md): proves all digests up to this one.';

alter table hypermind.digests enable row level security;
grant select on hypermind.digests to hypermind_reader;

commit;
