-- Deploy hypermind:contracts/guardrail.tripped to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'guardrail.tripped',
    $schema${
        "title": "Guardrail tripped",
        "description": "A rule stopped, changed or flagged something.",
        "type": "object",
        "required": ["guardrail"],
        "properties": {
            "guardrail": {"type": "string", "minLength": 1, "maxLength": 255, "description": "The rule's name."},
            "action": {
                "type": "string", "minLength": 1, "maxLength": 255,
                "description": "What was done about it: blocked, changed, flagged."
            },
            "reason": {"type": "string", "maxLength": 2000, "description": "Why, in words."},
            "gen_ai.tool.name": {"description": "The tool that it concerns (string); fills the column tool."},
            "gen_ai.tool.call.id": {
                "type": "string", "minLength": 1, "maxLength": 255, "description": "The id that the model gave to the call."
            }
        }
    }$schema$,
    p_columns => '{"tool": "gen_ai.tool.name"}',
    p_text_rule => 'all'
);

commit;
