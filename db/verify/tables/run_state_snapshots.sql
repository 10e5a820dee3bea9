-- Verify hypermind:tables/run_state_snapshots on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.run_state_snapshots',
    'run_id, seq, project_id, state, salt, state_hash, taken_at, taken_by, contract_version');

-- Division by zero unless it is partitioned by ranges of run_id.
select 1 / (pg_get_partkeydef('hypermind.run_state_snapshots'::regclass) = 'RANGE (run_id)')::integer;

rollback;
