-- Deploy hypermind:contracts/error.raised to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'error.raised',
    $schema${
        "title": "Error raised",
        "description": "Something failed; the run may go on.",
        "type": "object",
        "required": ["error.type"],
        "properties": {
            "error.type": {
                "type": "string", "minLength": 1, "maxLength": 255,
                "description": "What kind of error it was, a word to group by: timeout, rate_limit, the class of an exception."
            },
            "message": {"type": "string", "description": "The error in words."},
            "retryable": {"type": "boolean", "description": "Whether it may help to try again."},
            "gen_ai.request.model": {"description": "The model that was asked (string); fills the column model."},
            "gen_ai.tool.name": {"description": "The tool that was called (string); fills the column tool."}
        }
    }$schema$,
    p_columns => '{"model": "gen_ai.request.model", "tool": "gen_ai.tool.name"}',
    p_text_rule => 'all'
);

commit;
