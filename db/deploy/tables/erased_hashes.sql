-- Deploy hypermind:tables/erased_hashes to pg
-- requires: tables/erasures

begin;

set local role hypermind_owner;

create table hypermind.erased_hashes (
    run_id        uuid   not null,
    kind          text   not null,
    seq           bigint not null,
    project_id    uuid   not null,
    erasure_id    uuid   not null,
    payload_hash  bytea,
    delta_hash    bytea,
    state_hash    bytea,
    input_hash    bytea,
    metadata_hash bytea,
    uri_hash      bytea,
    constraint erased_hashes_pkey primary key (run_id, kind, seq),
    constraint erased_hashes_belong_to_an_erasure foreign key (run_id, erasure_id) references hypermind.erasures,
    constraint erased_hashes_kind_has_its_hashes check (
        case kind when 'event' then num_nonnulls(state_hash, input_hash, metadata_hash, uri_hash) = 0
                  when 'snapshot' then num_nonnulls(payload_hash, delta_hash, input_hash, metadata_hash, uri_hash) = 0
                  when 'run' then num_nonnulls(payload_hash, delta_hash, state_hash, uri_hash) = 0
                  when 'artifact' then num_nonnulls(payload_hash, delta_hash, state_hash, input_hash) = 0
                  else false end
    )
);

comment on table hypermind.erased_hashes is
    'What stays of erased content: its salted hashes, so that the chain of the run still verifies (docs/hash-chain.md).';
comment on column hypermind.erased_hashes.run_id is 'The run. It may be archived: there is no foreign key.';
comment on column hypermind.erased_hashes.kind is 'Which row lost its content: event, snapshot, run or artifact.';
comment on column hypermind.erased_hashes.seq is
    'The seq of the event or snapshot; of an artifact, that of its event; of the run 1, that of run.created.';
comment on column hypermind.erased_hashes.project_id is 'The project of the run, as in runs.';
comment on column hypermind.erased_hashes.erasure_id is 'The erasure: why, by whom, when.';
comment on column hypermind.erased_hashes.payload_hash is 'Of an event: the salted hash of its payload.';
comment on column hypermind.erased_hashes.delta_hash is 'Of an event: the salted hash of its state_delta; NULL when it had none.';
comment on column hypermind.erased_hashes.state_hash is 'Of a snapshot: the salted hash of its state.';
comment on column hypermind.erased_hashes.input_hash is 'Of a run: the salted hash of its input.';
comment on column hypermind.erased_hashes.metadata_hash is 'Of a run or an artifact: the salted hash of its metadata.';
comment on column hypermind.erased_hashes.uri_hash is 'Of an artifact: the salted hash of its uri.';

alter table hypermind.erased_hashes enable row level security;
grant select on hypermind.erased_hashes to hypermind_reader;

commit;
