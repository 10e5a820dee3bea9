-- Deploy hypermind:contracts/handoff.made to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'handoff.made',
    $schema${
        "title": "Handoff made",
        "description": "The work went to another agent or to a person.",
        "type": "object",
        "required": ["to"],
        "properties": {
            "to": {"type": "string", "minLength": 1, "maxLength": 255, "description": "The agent or person who takes over."},
            "from": {"type": "string", "minLength": 1, "maxLength": 255, "description": "The agent or person who hands over."},
            "kind": {"type": "string", "minLength": 1, "maxLength": 255, "description": "What takes over: agent, human."},
            "question": {"type": "string", "description": "What is asked of them."},
            "reason": {"type": "string", "maxLength": 2000, "description": "Why, in words."}
        }
    }$schema$,
    p_text_rule => 'all'
);

commit;
