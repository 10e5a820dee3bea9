-- Deploy hypermind:contracts/run.cancelled to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'run.cancelled',
    $schema${
        "title": "Run cancelled",
        "description": "A run was stopped before its end.",
        "type": "object",
        "properties": {
            "reason": {"type": "string", "maxLength": 2000, "description": "Why, in words."}
        }
    }$schema$,
    p_text_rule => 'all'
);

commit;
