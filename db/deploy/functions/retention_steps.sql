-- Deploy hypermind:functions/retention_steps to pg
-- requires: functions/overdue_runs
-- requires: functions/steps_of_attached
-- requires: functions/steps_of_retired

begin;

set local role hypermind_owner;

create or replace function hypermind_private.retention_steps(p_period date)
    returns table (action text, run_id uuid, runs bigint, events bigint, reason text)
    language plpgsql
    volatile
as $function$
declare
    v_bounds  constant record := hypermind_private.period_bounds(p_period);
    v_overdue boolean;
begin
    return query
    select 'erase', o.run_id, 1::bigint, o.events, format('its policy keeps it for at most %s days after its end', o.keep_at_most)
    from hypermind_private.overdue_runs(p_period) as o;
    v_overdue := found;

    if exists (select from hypermind.run_summaries as s
               where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id and s.archive_id is null) then
        return query select * from hypermind_private.steps_of_attached(p_period, v_overdue);
    else
        return query select * from hypermind_private.steps_of_retired(p_period);
    end if;
end
$function$;

comment on function hypermind_private.retention_steps(date) is
$comment$What plan_retention() says of one month.$comment$;

commit;
