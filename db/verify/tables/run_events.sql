-- Verify hypermind:tables/run_events on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.run_events',
    'run_id, seq, project_id, event_id, event_type, contract_version, parent_seq, payload, state_delta, '
    'salt, model, tool, tags, input_tokens, output_tokens, cost, text_rule, subject_hash, occurred_at, '
    'recorded_at, event_hash');

-- Division by zero unless it is partitioned by ranges of run_id.
select 1 / (pg_get_partkeydef('hypermind.run_events'::regclass) = 'RANGE (run_id)')::integer;

rollback;
