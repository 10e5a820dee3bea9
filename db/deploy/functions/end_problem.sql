-- Deploy hypermind:functions/end_problem to pg
-- requires: tables/run_heads
-- requires: tables/run_outcomes
-- requires: tables/run_events
-- requires: functions/outcome_hash
-- requires: functions/event_hash_at

begin;

set local role hypermind_owner;

create or replace function hypermind_private.end_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return query
    with last as (
        select coalesce(max(e.seq), 0) as seq from hypermind.run_events as e where e.run_id = p_run_id
    ),
    ends as (
        select 'run_heads' as object, h.last_seq, h.last_hash
        from hypermind.run_heads as h where h.run_id = p_run_id
        union all
        select 'run_outcomes', o.last_seq, o.last_hash
        from hypermind.run_outcomes as o where o.run_id = p_run_id
    )
    select last.seq, 'run_heads', 'the run has neither a head nor an outcome'
    from last
    where not exists (select from ends)
    union all
    select last.seq, 'run_heads', 'the run has both a head and an outcome'
    from last
    where (select count(*) from ends) > 1
    union all
    select least(last.seq, ends.last_seq) + 1, 'run_events',
           case when last.seq < ends.last_seq then format('the events from %s to %s are missing', last.seq + 1, ends.last_seq)
                else format('%s knows no events after %s', ends.object, ends.last_seq) end
    from last, ends
    where last.seq <> ends.last_seq
    union all
    select last.seq, ends.object, 'the last hash is not that of the last event'
    from last, ends
    where ends.last_hash is distinct from hypermind_private.event_hash_at(p_run_id, last.seq)
    union all
    select o.last_seq, 'run_outcomes', 'the outcome is not what the final event vouches for'
    from hypermind.run_outcomes as o
    left join hypermind.run_events as e on e.run_id = o.run_id and e.seq = o.last_seq
    where o.run_id = p_run_id
      and (e.subject_hash is distinct from hypermind_private.outcome_hash(o) or e.event_type is distinct from 'run.' || o.status)
    union all
    select last.seq, 'run_heads', format('the head says %s, the events say %s', h.status, e.status)
    from last, hypermind.run_heads as h
    cross join lateral (
        select case when e.event_type = 'run.created' then 'queued'
                    when e.event_type in ('run.started', 'run.resumed') then 'running'
                    else substr(e.event_type, 5) end as status
        from hypermind.run_events as e
        where e.run_id = h.run_id and e.event_type like 'run.%' and e.event_type <> 'run.cancel_requested'
        order by e.seq desc
        limit 1
    ) as e
    where h.run_id = p_run_id and h.status <> e.status
    union all
    select last.seq, 'run_heads', 'the head was not last written by the last event'
    from last, hypermind.run_heads as h
    join hypermind.run_events as e on e.run_id = h.run_id and e.seq = h.last_seq
    where h.run_id = p_run_id and h.last_recorded_at <> e.recorded_at
    limit 1;
end
$function$;

comment on function hypermind_private.end_problem(uuid) is
$comment$Whether the head or outcome of a run differs from its last event; no row if it does not.$comment$;

commit;
