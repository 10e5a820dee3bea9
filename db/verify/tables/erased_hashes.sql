-- Verify hypermind:tables/erased_hashes on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.erased_hashes',
    'run_id, kind, seq, project_id, erasure_id, payload_hash, delta_hash, state_hash, input_hash, metadata_hash, uri_hash');

rollback;
