-- Deploy hypermind:functions/refuse_erased_state to pg
-- requires: tables/run_state_snapshots
-- requires: tables/run_events
-- requires: functions/lost_delta
-- requires: functions/replaces_state
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_erased_state(p_run_id uuid, p_seq bigint)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_from  bigint;
    v_first bigint;
    v_last  bigint;
    v_next  bigint;
begin
    -- Where the state is known without what comes before: up to p_seq, and after it.
    select max(k.seq) filter (where k.seq <= p_seq), min(k.seq) filter (where k.seq > p_seq)
    into v_from, v_next
    from (
        select s.seq from hypermind.run_state_snapshots as s where s.run_id = p_run_id and s.state is not null
        union all
        select e.seq from hypermind.run_events as e where e.run_id = p_run_id and hypermind_private.replaces_state(e.state_delta)
    ) as k;

    select min(e.seq), max(e.seq) into v_first, v_last
    from hypermind.run_events as e
    where e.run_id = p_run_id and e.seq > coalesce(v_from, 0) and e.seq <= p_seq
      and hypermind_private.lost_delta(p_run_id, e.seq - 1, e.seq);
    if v_from is null and exists (select from hypermind.run_state_snapshots as s where s.run_id = p_run_id and s.seq = 0) then
        v_first := 0;
        v_last  := coalesce(v_last, 0);
    end if;

    perform hypermind_private.refuse(
        'MH025',
        format('the state of run %s at seq %s is gone: %s was erased', p_run_id, p_seq,
               case v_first when 0 then 'the state that it started from' else format('what event %s changed', v_first) end)
        || case when v_next is not null then format('; it is known again from seq %s on', v_next) else '' end,
        jsonb_build_object('run_id', p_run_id, 'subject', 'state', 'seq', p_seq, 'first_seq', v_first, 'last_seq', v_last,
                           'next_seq', v_next),
        concat_ws(' ',
            case when v_first > 0 then format('Read it or fork it before seq %s.', v_first) end,
            case when v_next is not null then format('Read it or fork it from seq %s on.', v_next)
                 else 'An open run goes on with a delta that replaces the whole state: '
                      '[{"op": "replace", "path": "", "value": ...}].'
            end));
end
$function$;

comment on function hypermind_private.refuse_erased_state(uuid, bigint) is
$comment$Raises MH025 (content erased): says which event hides the state after p_seq, and from where on it is known again.$comment$;

commit;
