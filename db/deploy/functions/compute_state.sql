-- Deploy hypermind:functions/compute_state to pg
-- requires: tables/run_state_snapshots
-- requires: tables/run_events
-- requires: functions/fold_state

begin;

set local role hypermind_owner;

create or replace function hypermind_private.compute_state(p_run_id uuid, p_seq bigint)
    returns jsonb
    language plpgsql
    stable
    parallel safe
as $function$
declare
    v_from   bigint;
    v_state  jsonb;
    v_deltas jsonb[];
begin
    select s.seq, s.state into v_from, v_state
    from hypermind.run_state_snapshots as s
    where s.run_id = p_run_id and s.seq <= p_seq and s.state is not null
    order by s.seq desc
    limit 1;

    select array_agg(e.state_delta order by e.seq) into v_deltas
    from hypermind.run_events as e
    where e.run_id = p_run_id and e.seq > coalesce(v_from, 0) and e.seq <= p_seq and e.state_delta is not null;

    if v_deltas is null then
        return coalesce(v_state, '{}') #> '{}';  -- not as it was compressed in the table, so that its size is its size
    end if;
    return hypermind_private.fold_state(coalesce(v_state, '{}'), v_deltas);
end
$function$;

comment on function hypermind_private.compute_state(uuid, bigint) is
$comment$The state of a run after the event p_seq: the nearest snapshot at or before it, folded with the later deltas. A run without
a base state starts from {}.$comment$;

commit;
