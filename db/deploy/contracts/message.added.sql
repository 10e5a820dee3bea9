-- Deploy hypermind:contracts/message.added to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'message.added',
    $schema${
        "title": "Message added",
        "description": "A message joined the conversation. It may also stand in the state delta alone.",
        "type": "object",
        "properties": {
            "role": {
                "type": "string", "minLength": 1, "maxLength": 255,
                "description": "Whose it is: system, user, assistant, tool."
            },
            "name": {"type": "string", "minLength": 1, "maxLength": 255, "description": "The name of who wrote it."},
            "content": {
                "type": ["string", "array", "object", "null"], "description": "What it says: a string, parts, or null."
            },
            "gen_ai.conversation.id": {"type": "string", "description": "The conversation that this belongs to."}
        }
    }$schema$,
    p_text_rule => 'messages'
);

commit;
