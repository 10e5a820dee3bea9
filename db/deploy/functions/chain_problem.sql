-- Deploy hypermind:functions/chain_problem to pg
-- requires: tables/run_events
-- requires: tables/erased_hashes
-- requires: functions/canonical_event
-- requires: functions/salted_hash
-- requires: functions/genesis_hash

begin;

set local role hypermind_owner;

create or replace function hypermind_private.chain_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return query
    select least(l.seq, l.number), 'run_events',
           case when l.seq > l.number then format('event %s is missing', l.number)
                when l.seq < l.number then format('there are two events %s', l.seq)
                when l.is_unexplained
                then format('the content of event %s (%s) is gone, and no erasure says so', l.seq, l.event_type)
                else format('event %s (%s) is not what was recorded', l.seq, l.event_type) end
    from (
        select e.seq, e.event_type, e.event_hash, e.salt is null and x.run_id is null as is_unexplained,
               row_number() over chain as number,
               sha256(lag(e.event_hash, 1, hypermind_private.genesis_hash()) over chain
                      || hypermind_private.canonical_event(
                             e.run_id, e.seq, e.project_id, e.event_id, e.event_type, e.contract_version, e.parent_seq,
                             coalesce(hypermind_private.salted_hash(e.salt, e.payload), x.payload_hash),
                             coalesce(hypermind_private.salted_hash(e.salt, e.state_delta), x.delta_hash),
                             e.model, e.tool, e.tags, e.input_tokens, e.output_tokens, e.cost, e.text_rule, e.subject_hash,
                             e.occurred_at, e.recorded_at)) as recomputed
        from hypermind.run_events as e
        left join hypermind.erased_hashes as x on x.run_id = e.run_id and x.kind = 'event' and x.seq = e.seq
        where e.run_id = p_run_id
        window chain as (order by e.seq)
    ) as l
    where l.seq <> l.number or l.event_hash <> l.recomputed
    order by l.seq
    limit 1;
end
$function$;

comment on function hypermind_private.chain_problem(uuid) is
$comment$The first event of a run that is missing, or that does not fit its hash and the hash of the event before; no row if all
fit. Of erased content, the hashes that stayed are taken.$comment$;

commit;
