-- Deploy hypermind:functions/artifact_hash to pg
-- requires: functions/canonical_hash
-- requires: functions/microseconds
-- requires: functions/salted_hash
-- requires: tables/run_artifacts
-- requires: functions/kept_hashes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.artifact_hash(p_artifact hypermind.run_artifacts)
    returns bytea
    language sql
    stable
    parallel safe
as $function$
    select hypermind_private.canonical_hash(jsonb_build_array(
        'hypermind.artifact.1',
        p_artifact.run_id,
        p_artifact.artifact_id,
        p_artifact.project_id,
        p_artifact.seq,
        p_artifact.kind,
        p_artifact.media_type,
        encode(coalesce(
            hypermind_private.salted_hash(p_artifact.salt, to_jsonb(p_artifact.uri)),
            (hypermind_private.kept_hashes(p_artifact.run_id, 'artifact', p_artifact.seq)).uri_hash), 'hex'),
        encode(p_artifact.sha256, 'hex'),
        p_artifact.size_bytes,
        encode(coalesce(
            hypermind_private.salted_hash(p_artifact.salt, p_artifact.metadata),
            (hypermind_private.kept_hashes(p_artifact.run_id, 'artifact', p_artifact.seq)).metadata_hash), 'hex'),
        hypermind_private.microseconds(p_artifact.created_at)
    ))
$function$;

comment on function hypermind_private.artifact_hash(hypermind.run_artifacts) is
$comment$The subject_hash of artifact.attached: SHA-256 over the artifact's row (docs/hash-chain.md). Of an erased one,
the hashes of uri and metadata that stayed are taken.$comment$;

commit;
