-- Deploy hypermind:tables/digest_leaves to pg
-- requires: tables/digests

begin;

set local role hypermind_owner;

create table hypermind.digest_leaves (
    number    bigint  not null,
    run_id    uuid    not null,
    last_seq  bigint  not null,
    last_hash bytea   not null,
    has_ended boolean not null,
    constraint digest_leaves_pkey primary key (number, run_id),
    constraint digest_leaves_belong_to_a_digest foreign key (number) references hypermind.digests
);

comment on table hypermind.digest_leaves is
    'Where each run stood when a digest was issued: one row for each run that had changed since its row before.';
comment on column hypermind.digest_leaves.number is 'The digest.';
comment on column hypermind.digest_leaves.run_id is 'The run. It may be archived: there is no foreign key.';
comment on column hypermind.digest_leaves.last_seq is 'The seq of its last event then.';
comment on column hypermind.digest_leaves.last_hash is 'The event_hash of that event.';
comment on column hypermind.digest_leaves.has_ended is 'Whether the run had ended: then this is its last row here.';

alter table hypermind.digest_leaves enable row level security;
grant select on hypermind.digest_leaves to hypermind_reader;

commit;
