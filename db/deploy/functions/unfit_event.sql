-- Deploy hypermind:functions/unfit_event to pg
-- requires: tables/run_events
-- requires: tables/erased_hashes
-- requires: functions/canonical_event
-- requires: functions/salted_hash
-- requires: functions/genesis_hash

begin;

set local role hypermind_owner;

create or replace function hypermind_private.unfit_event(p_run_id uuid)
    returns setof bigint
    language plpgsql
    stable
    parallel safe
    set enable_nestloop = off  -- with no statistics of a new period, it might look for each event in all of the run
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
begin
    -- The least of all, not the first one met, as a query that is returned: PostgreSQL has several processes look for it.
    return query
    select min(e.seq)
    from hypermind.run_events as e
    left join hypermind.run_events as b on b.run_id = e.run_id and b.seq = e.seq - 1
    left join hypermind.erased_hashes as x on x.run_id = e.run_id and x.kind = 'event' and x.seq = e.seq
    where e.run_id = p_run_id
      and ((b.seq is null) <> (e.seq = 1)
           or e.event_hash <> sha256(
                  coalesce(b.event_hash, hypermind_private.genesis_hash())
                  || hypermind_private.canonical_event(
                         e.run_id, e.seq, e.project_id, e.event_id, e.event_type, e.contract_version, e.parent_seq,
                         coalesce(hypermind_private.salted_hash(e.salt, e.payload), x.payload_hash),
                         coalesce(hypermind_private.salted_hash(e.salt, e.state_delta), x.delta_hash),
                         e.model, e.tool, e.tags, e.input_tokens, e.output_tokens, e.cost, e.text_rule, e.subject_hash,
                         e.occurred_at, e.recorded_at)));
end
$function$;

comment on function hypermind_private.unfit_event(uuid) is
$comment$The seq of the first event of a run that does not fit its hash and the hash of the event before, or has no event before it;
one row, NULL if all fit. Of erased content, the hashes that stayed are taken.$comment$;

commit;
