-- Deploy hypermind:functions/steps_of_retired to pg
-- requires: functions/period_bounds
-- requires: functions/current_archive
-- requires: functions/erasures_of
-- requires: functions/period_state
-- requires: functions/held_run
-- requires: tables/holds

begin;

set local role hypermind_owner;

create or replace function hypermind_private.steps_of_retired(p_period date)
    returns table (action text, run_id uuid, runs bigint, events bigint, reason text)
    language plpgsql
    volatile
as $function$
declare
    v_bounds  constant record             := hypermind_private.period_bounds(p_period);
    v_archive constant hypermind.archives := hypermind_private.current_archive(p_period);
begin
    if v_archive.erasures <> hypermind_private.erasures_of(p_period) then
        return query
        select 'rewrite', null::uuid, v_archive.runs, v_archive.events,
               format('archive %s has content that was erased since', v_archive.archive_id);
    end if;
    if hypermind_private.period_state(p_period) = 'detached' then
        return query
        select case when h.run_id is null then 'drop' else 'keep' end, h.run_id, v_archive.runs, v_archive.events,
               case when h.run_id is null then 'it is detached: drop_period() frees its tables'
                    else format('run %s is on hold: %s', h.run_id, d.reason) end
        from hypermind_private.held_run(v_bounds.first_id, v_bounds.next_id) as h
        left join hypermind.holds as d on d.hold_id = h.hold_id;
    end if;
end
$function$;

comment on function hypermind_private.steps_of_retired(date) is
$comment$What plan_retention() says of a month whose runs are all away.$comment$;

commit;
