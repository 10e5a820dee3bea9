-- Deploy hypermind:functions/chain_problem to pg
-- requires: tables/run_events
-- requires: tables/erased_hashes
-- requires: functions/unfit_event

begin;

set local role hypermind_owner;

create or replace function hypermind_private.chain_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
    parallel safe
as $function$
declare
    -- Each by itself: joined to the events, one might be looked for again at each of them.
    v_unfit   constant bigint := (select u.seq from hypermind_private.unfit_event(p_run_id) as u (seq));
    v_doubled constant bigint := (
        select min(d.seq)
        from (select e.seq from hypermind.run_events as e where e.run_id = p_run_id group by e.seq having count(*) > 1) as d);
    v_seq     constant bigint := least(v_unfit, v_doubled);
    v_next    constant bigint := (
        select coalesce(max(e.seq), 0) + 1 from hypermind.run_events as e where e.run_id = p_run_id and e.seq < v_seq);
begin
    return query
    select least(e.seq, v_next), 'run_events',
           case when e.seq > v_next then format('event %s is missing', v_next)
                when e.seq = v_doubled then format('there are two events %s', e.seq)
                when e.salt is null and x.run_id is null
                then format('the content of event %s (%s) is gone, and no erasure says so', e.seq, e.event_type)
                else format('event %s (%s) is not what was recorded', e.seq, e.event_type) end
    from hypermind.run_events as e
    left join hypermind.erased_hashes as x on x.run_id = e.run_id and x.kind = 'event' and x.seq = e.seq
    where e.run_id = p_run_id and e.seq = v_seq
    limit 1;
end
$function$;

comment on function hypermind_private.chain_problem(uuid) is
$comment$The first event of a run that is missing, or that does not fit its hash and the hash of the event before; no row if all
fit. Of erased content, the hashes that stayed are taken.$comment$;

commit;
