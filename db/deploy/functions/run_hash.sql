-- Deploy hypermind:functions/run_hash to pg
-- requires: functions/canonical_hash
-- requires: functions/microseconds
-- requires: functions/salted_hash
-- requires: tables/runs
-- requires: functions/kept_hashes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_hash(p_run hypermind.runs, p_pins jsonb, p_base_state_hash bytea)
    returns bytea
    language sql
    stable
    parallel safe
as $function$
    select hypermind_private.canonical_hash(jsonb_build_array(
        'hypermind.run.1',
        p_run.run_id,
        p_run.project_id,
        p_run.mode,
        p_run.agent,
        p_run.model,
        p_run.tags,
        p_run.owner,
        p_run.created_by,
        encode(coalesce(
            hypermind_private.salted_hash(p_run.salt, p_run.input),
            (hypermind_private.kept_hashes(p_run.run_id, 'run', 1)).input_hash), 'hex'),
        encode(coalesce(
            hypermind_private.salted_hash(p_run.salt, p_run.metadata),
            (hypermind_private.kept_hashes(p_run.run_id, 'run', 1)).metadata_hash), 'hex'),
        p_run.parent_run_id,
        p_run.forked_at_seq,
        encode(p_run.parent_event_hash, 'hex'),
        hypermind_private.microseconds(p_run.created_at),
        p_pins,
        encode(p_base_state_hash, 'hex')
    ))
$function$;

comment on function hypermind_private.run_hash(hypermind.runs, jsonb, bytea) is
$comment$The subject_hash of run.created: SHA-256 over the run's row, its pins and the hash of its base state (docs/hash-chain.md).
Of an erased run, the hashes of input and metadata that stayed are taken.

p_pins: as run_pins_of() gives them. p_base_state_hash: state_hash of the snapshot at seq 0; NULL for a run that starts empty.$comment$;

commit;
