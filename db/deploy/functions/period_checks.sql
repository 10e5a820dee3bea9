-- Deploy hypermind:functions/period_checks to pg
-- requires: functions/period_exists
-- requires: functions/period_start
-- requires: functions/clock

begin;

set local role hypermind_owner;

create or replace function hypermind_private.period_checks()
    returns table (check_name text, verdict text, value numeric, unit text, meaning text, hint text)
    language sql
    volatile
as $function$
    select 'periods_ahead', case when p.months < 1 then 'critical' when p.months < 3 then 'warning' else 'ok' end,
           p.months, 'months',
           'Months after this one that are made already. Without them, create_run() makes the month itself.',
           'Call hypermind.maintain() on a schedule.'
    from (
        select coalesce(min(n) - 1, 12) as months
        from (select hypermind_private.period_start(hypermind_private.clock()) at time zone 'UTC' as month) as this
        cross join generate_series(1, 12) as n
        where not hypermind_private.period_exists((this.month + n * interval '1 month') at time zone 'UTC')
    ) as p
$function$;

comment on function hypermind_private.period_checks() is
$comment$Checks of periods, for health().$comment$;

commit;
