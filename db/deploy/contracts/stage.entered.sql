-- Deploy hypermind:contracts/stage.entered to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'stage.entered',
    $schema${
        "title": "Stage entered",
        "description": "The run entered a part of its work.",
        "type": "object",
        "required": ["stage"],
        "properties": {
            "stage": {"type": "string", "minLength": 1, "maxLength": 255, "description": "The name of the stage."},
            "reason": {"type": "string", "maxLength": 2000, "description": "Why, in words."},
            "gen_ai.agent.name": {"type": "string", "minLength": 1, "maxLength": 255, "description": "The agent at work."}
        }
    }$schema$,
    p_text_rule => 'all'
);

commit;
