-- Deploy hypermind:functions/digest_hash to pg
-- requires: functions/canonical_hash
-- requires: functions/microseconds

begin;

set local role hypermind_owner;

create or replace function hypermind_private.digest_hash(
    p_number        bigint,
    p_runs          bigint,
    p_merkle_root   bytea,
    p_previous_hash bytea,
    p_issued_by     text,
    p_issued_at     timestamptz
)
    returns bytea
    language sql
    stable
    parallel safe
as $function$
    select hypermind_private.canonical_hash(jsonb_build_array(
        'hypermind.digest.1',
        p_number,
        p_runs,
        encode(p_merkle_root, 'hex'),
        encode(p_previous_hash, 'hex'),
        p_issued_by,
        hypermind_private.microseconds(p_issued_at)
    ))
$function$;

comment on function hypermind_private.digest_hash(bigint, bigint, bytea, bytea, text, timestamptz) is
$comment$The digest_hash of a digest: SHA-256 over its other columns, the hash of the digest before among them
(docs/hash-chain.md).$comment$;

commit;
