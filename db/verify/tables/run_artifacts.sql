-- Verify hypermind:tables/run_artifacts on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.run_artifacts',
    'run_id, artifact_id, project_id, seq, kind, media_type, uri, sha256, size_bytes, metadata, salt, '
    'created_at');

-- Division by zero unless it is partitioned by ranges of run_id.
select 1 / (pg_get_partkeydef('hypermind.run_artifacts'::regclass) = 'RANGE (run_id)')::integer;

rollback;
