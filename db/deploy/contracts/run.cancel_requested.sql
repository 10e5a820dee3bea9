-- Deploy hypermind:contracts/run.cancel_requested to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'run.cancel_requested',
    $schema${
        "title": "Cancel requested",
        "description": "Somebody asks to stop a run. Written by request_cancel().",
        "type": "object",
        "required": ["requested_by"],
        "properties": {
            "requested_by": {"type": "string", "minLength": 1, "maxLength": 255, "description": "The role that asked."},
            "reason": {"type": "string", "maxLength": 2000, "description": "Why, in words."}
        }
    }$schema$,
    p_text_rule => 'all'
);

commit;
