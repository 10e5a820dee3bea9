-- Verify hypermind:tables/run_heads on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.run_heads',
    'run_id, project_id, project_role, status, last_seq, last_hash, last_recorded_at, tools, epoch, claimed_by, '
    'claim_expires_at, cancel_requested_seq, state_shape, deltas_since_snapshot, delta_bytes, '
    'snapshot_bytes');

rollback;
