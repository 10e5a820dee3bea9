-- Deploy hypermind:functions/open_obstacles to pg
-- requires: functions/check_period
-- requires: functions/period_bounds
-- requires: functions/period_end
-- requires: functions/clock
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

create or replace function hypermind_private.open_obstacles(p_period date)
    returns table (reason text, run_id uuid, explanation text)
    language plpgsql
    volatile
as $function$
declare
    -- Checked first: a date of other ages has no bounds.
    v_end    constant timestamptz := hypermind_private.period_end(hypermind_private.check_period(p_period));
    v_bounds constant record      := hypermind_private.period_bounds(p_period);
begin
    return query
    select 'period_not_over', null::uuid, format('it is not over before %s UTC', to_char(v_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
    where v_end > hypermind_private.clock();

    return query
    select 'run_open', s.run_id, format('run %s is %s', s.run_id, s.status)
    from hypermind.run_summaries as s
    where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id and s.ended_at is null
    order by s.run_id
    limit 1;
end
$function$;

comment on function hypermind_private.open_obstacles(date) is
$comment$Why a month may still change: it is not over, or a run of it has not ended (the first is named). No row when it is closed.

reason: period_not_over or run_open.

Raises MH016 (invalid argument).$comment$;

commit;
