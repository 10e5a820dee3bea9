-- Deploy hypermind:functions/state_after to pg
-- requires: tables/run_events
-- requires: functions/lost_delta
-- requires: functions/fold_state
-- requires: functions/replaces_state

begin;

set local role hypermind_owner;

create or replace function hypermind_private.state_after(p_run_id uuid, p_state jsonb, p_from bigint, p_seq bigint)
    returns jsonb
    language plpgsql
    stable
    parallel safe
as $function$
declare
    v_from   bigint := p_from;
    v_deltas jsonb[];
    v_erased bigint;
begin
    select array_agg(e.state_delta order by e.seq) filter (where e.state_delta is not null),
           max(e.seq) filter (where e.salt is null)
    into v_deltas, v_erased
    from hypermind.run_events as e
    where e.run_id = p_run_id and e.seq > p_from and e.seq <= p_seq and (e.state_delta is not null or e.salt is null);

    -- Something is missing: from the last delta that replaced the whole state on, it may not matter.
    if p_state is null or v_erased is not null then
        select max(e.seq) - 1 into v_from
        from hypermind.run_events as e
        where e.run_id = p_run_id and e.seq > p_from and e.seq <= p_seq and hypermind_private.replaces_state(e.state_delta);

        if v_from is null and p_state is null
           or v_erased > coalesce(v_from, p_from) and hypermind_private.lost_delta(p_run_id, coalesce(v_from, p_from), p_seq) then
            return null;
        end if;
        if v_from is not null then
            select array_agg(e.state_delta order by e.seq) into v_deltas
            from hypermind.run_events as e
            where e.run_id = p_run_id and e.seq > v_from and e.seq <= p_seq and e.state_delta is not null;
        end if;
    end if;

    if v_deltas is null then
        return p_state #> '{}';  -- not as it was compressed in the table, so that its size is its size
    end if;
    return hypermind_private.fold_state(coalesce(p_state, '{}'), v_deltas);
end
$function$;

comment on function hypermind_private.state_after(uuid, jsonb, bigint, bigint) is
$comment$The state of a run after the event p_seq, folded from its state p_state after the event p_from; NULL when a delta that
matters was erased.

p_state: NULL when it is not known: then some later delta must replace the whole state.$comment$;

commit;
