-- Deploy hypermind:contracts/run.resumed to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'run.resumed',
    $schema${
        "title": "Run resumed",
        "description": "A paused run goes on.",
        "type": "object",
        "properties": {
            "reason": {"type": "string", "maxLength": 2000, "description": "Why, in words."},
            "approved_by": {"type": "string", "minLength": 1, "maxLength": 255, "description": "Who let it go on."}
        }
    }$schema$,
    p_text_rule => 'all'
);

commit;
