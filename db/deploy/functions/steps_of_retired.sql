-- Deploy hypermind:functions/steps_of_retired to pg
-- requires: functions/current_archive
-- requires: functions/erasures_of
-- requires: functions/period_state
-- requires: functions/hold_obstacles

begin;

set local role hypermind_owner;

create or replace function hypermind_private.steps_of_retired(p_period date)
    returns table (action text, run_id uuid, runs bigint, events bigint, reason text)
    language plpgsql
    volatile
as $function$
declare
    v_archive constant hypermind.archives := hypermind_private.current_archive(p_period);
begin
    if v_archive.erasures <> hypermind_private.erasures_of(p_period) then
        return query
        select 'rewrite', null::uuid, v_archive.runs, v_archive.events,
               format('archive %s has content that was erased since', v_archive.archive_id);
    end if;
    if hypermind_private.period_state(p_period) = 'detached' then
        return query
        select case when o.run_id is null then 'drop' else 'keep' end, o.run_id, v_archive.runs, v_archive.events,
               coalesce(o.explanation, 'it is detached: drop_period() frees its tables')
        from (select) as always
        left join hypermind_private.hold_obstacles(p_period) as o on true;
    end if;
end
$function$;

comment on function hypermind_private.steps_of_retired(date) is
$comment$What plan_retention() says of a month whose runs are all away.$comment$;

commit;
