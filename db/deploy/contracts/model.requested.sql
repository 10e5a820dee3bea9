-- Deploy hypermind:contracts/model.requested to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'model.requested',
    $schema${
        "title": "Model requested",
        "description": "A model was asked.",
        "type": "object",
        "properties": {
            "gen_ai.operation.name": {
                "type": "string", "description": "What the model does: chat, text_completion, generate_content, embeddings."
            },
            "gen_ai.provider.name": {"type": "string", "description": "Whose model it is: openai, anthropic, aws.bedrock."},
            "gen_ai.request.model": {"description": "The model that was asked for (string); fills the column model."},
            "gen_ai.request.temperature": {"type": "number", "minimum": 0, "description": "How freely it may choose."},
            "gen_ai.request.top_p": {"type": "number", "description": "The share of the probability that it chooses from."},
            "gen_ai.request.max_tokens": {"type": "integer", "minimum": 1, "description": "The most tokens it may write."},
            "gen_ai.system_instructions": {
                "type": ["array", "string"], "description": "Instructions given apart from the messages."
            },
            "gen_ai.input.messages": {
                "type": "array", "items": {"type": "object", "required": ["role"], "properties": {"role": {"type": "string"}}},
                "description": "The messages that the model was given, in order; each has a role, and parts or content."
            },
            "gen_ai.conversation.id": {"type": "string", "description": "The conversation that this belongs to."}
        }
    }$schema$,
    p_columns => '{"model": "gen_ai.request.model"}',
    p_text_rule => 'messages'
);

commit;
