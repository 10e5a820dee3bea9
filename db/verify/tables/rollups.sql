-- Verify hypermind:tables/rollups on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.rollups',
    'project_id, basis, day, period, group_key, model, tool, agent, agent_version, status, event_type, '
    'runs, events, input_tokens, output_tokens, cost, buckets, counts');

rollback;
