-- Deploy hypermind:functions/ledger_health to pg
-- requires: functions/period_checks
-- requires: functions/run_checks
-- requires: functions/maintenance_checks
-- requires: functions/storage_checks
-- requires: functions/retention_checks
-- requires: functions/horizon_checks
-- requires: functions/guard_checks
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.ledger_health()
    returns table (check_name text, verdict text, value numeric, unit text, meaning text, hint text)
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
    select c.check_name, c.verdict, c.value, c.unit, c.meaning, case when c.verdict <> 'ok' then c.hint end
    from (
        select * from hypermind_private.period_checks()
        union all
        select * from hypermind_private.run_checks()
        union all
        select * from hypermind_private.maintenance_checks()
        union all
        select * from hypermind_private.retention_checks()
        union all
        select * from hypermind_private.storage_checks()
        union all
        select * from hypermind_private.horizon_checks()
        union all
        select * from hypermind_private.guard_checks()
    ) as c
$function$;

comment on function hypermind.ledger_health() is
$comment$The checks of health() that need the rights of the ledger: a row a check. They count, and show
nothing that a project recorded.$comment$;

grant execute on function hypermind.ledger_health() to hypermind_operator, pg_monitor;

commit;
