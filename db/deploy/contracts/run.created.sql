-- Deploy hypermind:contracts/run.created to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'run.created',
    $schema${
        "title": "Run created",
        "description": "A run was made. Written by create_run() and fork_run().",
        "type": "object",
        "required": ["mode"],
        "properties": {
            "mode": {
                "type": "string", "enum": ["chat", "workflow", "batch", "compare", "replay", "evaluate"],
                "description": "What kind of run it is."
            },
            "configs": {
                "type": "object", "description": "What the caller asked to pin: slot -> kind, name, and version or label."
            },
            "parent_run_id": {"type": "string", "minLength": 1, "maxLength": 36, "description": "The run it was forked from."},
            "forked_at_seq": {"type": "integer", "minimum": 0, "description": "The step of that run that it was forked from."},
            "parent_event_hash": {
                "type": "string", "minLength": 1, "maxLength": 64, "description": "The hash of that step, in hex."
            },
            "state_patch": {
                "type": ["array", "object", "null"],
                "description": "The edit of the state: a JSON Patch, a merge patch, or none."
            },
            "config_overrides": {"type": "object", "description": "The slots that the fork pins differently."}
        }
    }$schema$
);

commit;
