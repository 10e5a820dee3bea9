-- Deploy hypermind:contracts/token.streamed to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'token.streamed',
    $schema${
        "title": "Token streamed",
        "description": "A piece of an answer arrived; the answer itself follows as model.responded.",
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "What arrived; may be empty, or missing in a piece of a tool call."},
            "index": {"type": "integer", "minimum": 0, "description": "Which of several answers it belongs to."},
            "gen_ai.response.id": {
                "type": "string", "minLength": 1, "maxLength": 255, "description": "The provider's id of the answer."
            }
        }
    }$schema$
);

commit;
