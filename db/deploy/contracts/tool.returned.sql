-- Deploy hypermind:contracts/tool.returned to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'tool.returned',
    $schema${
        "title": "Tool returned",
        "description": "A tool gave its result, or failed.",
        "type": "object",
        "properties": {
            "gen_ai.operation.name": {"type": "string", "description": "execute_tool."},
            "gen_ai.tool.name": {"description": "The tool (string); fills the column tool."},
            "gen_ai.tool.call.id": {
                "type": "string", "minLength": 1, "maxLength": 255, "description": "The id that the model gave to the call."
            },
            "gen_ai.tool.call.result": {"description": "What it returned, in whatever form."},
            "error.type": {
                "type": "string", "minLength": 1, "maxLength": 255, "description": "What kind of error it was, if it failed."
            }
        }
    }$schema$,
    p_columns => '{"tool": "gen_ai.tool.name"}',
    p_text_rule => 'tool'
);

commit;
