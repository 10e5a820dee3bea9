-- Deploy hypermind:contracts/metric.recorded to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'metric.recorded',
    $schema${
        "title": "Metric recorded",
        "description": "A figure was measured.",
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 255, "description": "What was measured."},
            "value": {"type": "number", "description": "The figure."},
            "unit": {"type": "string", "maxLength": 63, "description": "Its unit, as in UCUM: s, By, {token}."},
            "gen_ai.usage.input_tokens": {
                "description": "Tokens read that no other event tells of (integer); fills the column input_tokens."
            },
            "gen_ai.usage.output_tokens": {
                "description": "Tokens written that no other event tells of (integer); fills the column output_tokens."
            },
            "cost": {"description": "Cost that no other event tells of (number); fills the column cost."}
        }
    }$schema$,
    p_columns => '{"input_tokens": "gen_ai.usage.input_tokens", "output_tokens": "gen_ai.usage.output_tokens", "cost": "cost"}'
);

commit;
