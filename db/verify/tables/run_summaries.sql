-- Verify hypermind:tables/run_summaries on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.run_summaries',
    'run_id, project_id, mode, agent, model, owner, tags, title, status, created_at, ended_at, events, input_tokens, '
    'output_tokens, cost, parent_run_id, forked_at_seq, words, archive_id');

rollback;
