-- Deploy hypermind:contracts/artifact.attached to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'artifact.attached',
    $schema${
        "title": "Artifact attached",
        "description": "A file belongs to the run. Written by attach_artifact().",
        "type": "object",
        "required": ["artifact_id", "kind", "media_type", "size_bytes", "sha256"],
        "properties": {
            "artifact_id": {"type": "string", "minLength": 1, "maxLength": 36, "description": "The row in run_artifacts."},
            "kind": {"type": "string", "minLength": 1, "maxLength": 100, "description": "What it is to the application."},
            "media_type": {"type": "string", "minLength": 1, "maxLength": 200, "description": "Its media type (RFC 6838)."},
            "size_bytes": {"type": "integer", "minimum": 0, "description": "Its size."},
            "sha256": {"type": "string", "minLength": 64, "maxLength": 64, "description": "Its SHA-256, in hex."}
        }
    }$schema$
);

commit;
