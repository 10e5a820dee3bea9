-- Deploy hypermind:functions/outcome_hash to pg
-- requires: functions/canonical_hash
-- requires: functions/microseconds
-- requires: tables/run_outcomes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.outcome_hash(p_outcome hypermind.run_outcomes)
    returns bytea
    language sql
    stable
    parallel safe
as $function$
    select hypermind_private.canonical_hash(jsonb_build_array(
        'hypermind.outcome.1',
        p_outcome.run_id,
        p_outcome.project_id,
        p_outcome.status,
        p_outcome.last_seq,
        hypermind_private.microseconds(p_outcome.ended_at),
        p_outcome.events,
        p_outcome.input_tokens,
        p_outcome.output_tokens,
        p_outcome.cost
    ))
$function$;

comment on function hypermind_private.outcome_hash(hypermind.run_outcomes) is
$comment$The subject_hash of a final transition: SHA-256 over the outcome's row, but for last_hash, which follows from it
(docs/hash-chain.md).$comment$;

commit;
