-- Verify hypermind:tables/run_config_refs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.run_config_refs',
    'run_id, slot, project_id, config_id, kind, name, version, label, content_sha256');

-- Division by zero unless it is partitioned by ranges of run_id.
select 1 / (pg_get_partkeydef('hypermind.run_config_refs'::regclass) = 'RANGE (run_id)')::integer;

rollback;
