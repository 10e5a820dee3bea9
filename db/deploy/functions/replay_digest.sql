-- Deploy hypermind:functions/replay_digest to pg
-- requires: functions/canonical_hash

begin;

set local role hypermind_owner;

create or replace function hypermind_private.replay_digest(
    p_run_id uuid, p_at_seq bigint, p_event_hash bytea, p_configs jsonb, p_input jsonb, p_state jsonb
)
    returns bytea
    language sql
    stable
    parallel safe
as $function$
    select hypermind_private.canonical_hash(jsonb_build_array(
        'hypermind.replay.1',
        p_run_id,
        p_at_seq,
        encode(p_event_hash, 'hex'),
        (select coalesce(jsonb_agg(jsonb_build_array(c -> 'slot', c -> 'kind', c -> 'name', c -> 'version', c -> 'content_sha256')
                                   order by o), '[]')
         from jsonb_array_elements(p_configs) with ordinality as t (c, o)),
        encode(hypermind_private.canonical_hash(p_input), 'hex'),
        encode(hypermind_private.canonical_hash(p_state), 'hex')
    ))
$function$;

comment on function hypermind_private.replay_digest(uuid, bigint, bytea, jsonb, jsonb, jsonb) is
$comment$The digest of a replay context: SHA-256 over run id, seq, the event_hash there, the pinned versions with the SHA-256 of their
contents, and the SHA-256 of input and state (docs/hash-chain.md). The same on any server, whatever snapshots there are.$comment$;

commit;
