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
    v_unfit constant bigint := (select u.seq from hypermind_private.unfit_event(p_run_id) as u (seq));
begin
    return query
    with doubled as (
        select min(d.seq) as seq
        from (select e.seq from hypermind.run_events as e where e.run_id = p_run_id group by e.seq having count(*) > 1) as d
    ),
    first as (
        select f.seq, f.is_doubled,
               (select coalesce(max(e.seq), 0) + 1 from hypermind.run_events as e where e.run_id = p_run_id and e.seq < f.seq)
                   as expected
        from (select least(v_unfit, d.seq) as seq, d.seq <= v_unfit is not false and d.seq is not null as is_doubled
              from doubled as d) as f
    )
    select least(f.seq, f.expected), 'run_events',
           case when f.seq > f.expected then format('event %s is missing', f.expected)
                when f.is_doubled then format('there are two events %s', f.seq)
                when e.salt is null and x.run_id is null
                then format('the content of event %s (%s) is gone, and no erasure says so', e.seq, e.event_type)
                else format('event %s (%s) is not what was recorded', e.seq, e.event_type) end
    from first as f
    join hypermind.run_events as e on e.run_id = p_run_id and e.seq = f.seq
    left join hypermind.erased_hashes as x on x.run_id = e.run_id and x.kind = 'event' and x.seq = e.seq
    limit 1;
end
$function$;

comment on function hypermind_private.chain_problem(uuid) is
$comment$The first event of a run that is missing, or that does not fit its hash and the hash of the event before; no row if all
fit. Of erased content, the hashes that stayed are taken.$comment$;

commit;
