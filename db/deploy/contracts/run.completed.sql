-- Deploy hypermind:contracts/run.completed to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'run.completed',
    $schema${
        "title": "Run completed",
        "description": "A run ended well.",
        "type": "object",
        "properties": {
            "result": {"description": "What came out of it, in whatever form."},
            "gen_ai.output.messages": {
                "type": "array", "items": {"type": "object", "required": ["role"], "properties": {"role": {"type": "string"}}},
                "description": "The answer, as messages."
            }
        }
    }$schema$,
    p_text_rule => 'all'
);

commit;
