-- Deploy hypermind:contracts/tool.called to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'tool.called',
    $schema${
        "title": "Tool called",
        "description": "A tool was called.",
        "type": "object",
        "properties": {
            "gen_ai.operation.name": {"type": "string", "description": "execute_tool."},
            "gen_ai.tool.name": {"description": "The tool (string); fills the column tool."},
            "gen_ai.tool.call.id": {
                "type": "string", "minLength": 1, "maxLength": 255, "description": "The id that the model gave to the call."
            },
            "gen_ai.tool.call.arguments": {"description": "What it was called with, best as an object."},
            "gen_ai.tool.type": {"type": "string", "description": "function, extension or datastore."},
            "gen_ai.tool.description": {"type": "string", "description": "What the tool does."}
        }
    }$schema$,
    p_columns => '{"tool": "gen_ai.tool.name"}',
    p_text_rule => 'tool'
);

commit;
