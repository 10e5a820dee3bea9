-- Deploy hypermind:functions/canonical_event to pg
-- requires: functions/microseconds
-- requires: functions/salted_hash

begin;

set local role hypermind_owner;

create or replace function hypermind_private.canonical_event(
    p_run_id           uuid,
    p_seq              bigint,
    p_project_id       uuid,
    p_event_id         uuid,
    p_event_type       text,
    p_contract_version integer,
    p_parent_seq       bigint,
    p_payload_hash     bytea,
    p_delta_hash       bytea,
    p_model            text,
    p_tool             text,
    p_tags             text[],
    p_input_tokens     bigint,
    p_output_tokens    bigint,
    p_cost             numeric,
    p_text_rule        smallint,
    p_subject_hash     bytea,
    p_occurred_at      timestamptz,
    p_recorded_at      timestamptz
)
    returns bytea
    language sql
    stable
    parallel safe
as $function$
    select convert_to(json_build_array(
        'hypermind.event.1',
        p_run_id,
        p_seq,
        p_project_id,
        p_event_id,
        p_event_type,
        p_contract_version,
        p_parent_seq,
        encode(p_payload_hash, 'hex'),
        encode(p_delta_hash, 'hex'),
        p_model,
        p_tool,
        to_jsonb(p_tags),
        p_input_tokens,
        p_output_tokens,
        p_cost,
        p_text_rule,
        encode(p_subject_hash, 'hex'),
        hypermind_private.microseconds(p_occurred_at),
        hypermind_private.microseconds(p_recorded_at)
    )::text, 'UTF8')
$function$;

comment on function hypermind_private.canonical_event(
    uuid, bigint, uuid, uuid, text, integer, bigint, bytea, bytea, text, text, text[], bigint, bigint, numeric,
    smallint, bytea, timestamptz, timestamptz
) is
$comment$The bytes of an event that its hash covers: every column, as the UTF-8 text of a JSON array.
event_hash = sha256(event_hash of the event before || these bytes).

p_payload_hash, p_delta_hash: the salted hashes of payload and state_delta, so that those can be erased and the chain stays whole.
The form is specified in docs/hash-chain.md, with test vectors.$comment$;

commit;
