-- Deploy hypermind:contracts/run.paused to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'run.paused',
    $schema${
        "title": "Run paused",
        "description": "A running run waits.",
        "type": "object",
        "properties": {
            "reason": {"type": "string", "maxLength": 2000, "description": "Why, in words."},
            "waits_for": {"description": "What has to happen before it goes on: an approval, a person, an answer."}
        }
    }$schema$,
    p_text_rule => 'all'
);

commit;
