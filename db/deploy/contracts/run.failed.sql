-- Deploy hypermind:contracts/run.failed to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'run.failed',
    $schema${
        "title": "Run failed",
        "description": "A run ended with an error.",
        "type": "object",
        "properties": {
            "error.type": {
                "type": "string", "minLength": 1, "maxLength": 255,
                "description": "What kind of error it was, a word to group by: timeout, rate_limit, the class of an exception."
            },
            "message": {"type": "string", "description": "The error in words."},
            "error": {"description": "More about the error, in whatever form."},
            "result": {"description": "What there was of a result."}
        }
    }$schema$,
    p_text_rule => 'all'
);

commit;
