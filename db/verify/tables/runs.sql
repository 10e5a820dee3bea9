-- Verify hypermind:tables/runs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.runs',
    'run_id, project_id, mode, agent, model, tags, owner, created_by, input, metadata, salt, '
    'parent_run_id, forked_at_seq, parent_event_hash, created_at');

-- Division by zero unless it is partitioned by ranges of run_id.
select 1 / (pg_get_partkeydef('hypermind.runs'::regclass) = 'RANGE (run_id)')::integer;

rollback;
