-- Deploy hypermind:contracts/model.responded to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'model.responded',
    $schema${
        "title": "Model responded",
        "description": "A model answered.",
        "type": "object",
        "properties": {
            "gen_ai.operation.name": {
                "type": "string", "description": "What the model does: chat, text_completion, generate_content, embeddings."
            },
            "gen_ai.response.model": {"description": "The model that answered (string); fills the column model."},
            "gen_ai.response.id": {
                "type": "string", "minLength": 1, "maxLength": 255, "description": "The provider's id of the answer."
            },
            "gen_ai.response.finish_reasons": {
                "type": "array", "items": {"type": "string"},
                "description": "Why it stopped, one for each answer: stop, length, tool_calls."
            },
            "gen_ai.usage.input_tokens": {
                "description": "Tokens the model read, cached ones included (integer); fills the column input_tokens."
            },
            "gen_ai.usage.output_tokens": {
                "description": "Tokens the model wrote, reasoning included (integer); fills the column output_tokens."
            },
            "gen_ai.output.messages": {
                "type": "array", "items": {"type": "object", "required": ["role"], "properties": {"role": {"type": "string"}}},
                "description": "The answers, each a message with a role, and parts or content."
            },
            "content": {
                "type": ["string", "array", "object", "null"],
                "description": "The answer, where one text says it: a string, parts, or null."
            },
            "cost": {"description": "What it cost, in the currency of the application (number); fills the column cost."},
            "error.type": {
                "type": "string", "minLength": 1, "maxLength": 255,
                "description": "What kind of error it was, a word to group by: timeout, rate_limit, the class of an exception."
            }
        }
    }$schema$,
    p_columns => '{"model": "gen_ai.response.model", "input_tokens": "gen_ai.usage.input_tokens",
                  "output_tokens": "gen_ai.usage.output_tokens", "cost": "cost"}',
    p_text_rule => 'messages'
);

commit;
