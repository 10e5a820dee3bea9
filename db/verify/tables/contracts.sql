-- Verify hypermind:tables/contracts on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.contracts',
    'subject, scope, version, project_id, schema, columns, text_rule, breaking, summary, author, created_at, program, accepts, closed, '
    'model_member, tool_member, input_tokens_member, output_tokens_member, cost_member, text_rule_number');

rollback;
