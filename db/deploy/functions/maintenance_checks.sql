-- Deploy hypermind:functions/maintenance_checks to pg
-- requires: tables/maintenance_steps
-- requires: functions/clock

begin;

set local role hypermind_owner;

create or replace function hypermind_private.maintenance_checks()
    returns table (check_name text, verdict text, value numeric, unit text, meaning text, hint text)
    language sql
    volatile
as $function$
    select 'last_maintenance',
           case when m.hours >= 168 then 'critical' when m.hours is null or m.hours >= 24 then 'warning' else 'ok' end,
           m.hours, 'hours',
           'Since every step of maintain() has run to its end; null: never.',
           'Call hypermind.maintain() on a schedule. hypermind.maintenance_steps says when each step last ran.'
    from (
        select case when bool_and(s.ran_at is not null)
                    then round(extract(epoch from hypermind_private.clock() - min(s.ran_at)) / 3600, 2) end as hours
        from hypermind.maintenance_steps as s
    ) as m
    union all
    select 'maintenance_failures', case when f.failures > 0 then 'warning' else 'ok' end, f.failures, 'failures',
           'What maintain() could not do the last time.',
           'hypermind.maintenance_steps has the first error of each step.'
    from (select coalesce(sum(s.failed), 0) as failures from hypermind.maintenance_steps as s) as f
$function$;

comment on function hypermind_private.maintenance_checks() is
$comment$Checks of maintenance itself, for health().$comment$;

commit;
