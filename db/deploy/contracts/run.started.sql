-- Deploy hypermind:contracts/run.started to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'run.started',
    $schema${
        "title": "Run started",
        "description": "A queued run is being worked on.",
        "type": "object",
        "properties": {
            "worker": {"description": "Who works on it."},
            "reason": {"type": "string", "maxLength": 2000, "description": "Why, in words."}
        }
    }$schema$
);

commit;
