-- Verify hypermind:tables/run_outcomes on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.run_outcomes',
    'run_id, project_id, status, last_seq, last_hash, ended_at, events, input_tokens, output_tokens, cost');

-- Division by zero unless it is partitioned by ranges of run_id.
select 1 / (pg_get_partkeydef('hypermind.run_outcomes'::regclass) = 'RANGE (run_id)')::integer;

rollback;
