-- Deploy hypermind:functions/health to pg
-- requires: functions/ledger_health

begin;

set local role hypermind_owner;

create or replace function hypermind.health()
    returns table (check_name text, verdict text, value numeric, unit text, meaning text, hint text)
    language sql
    volatile
    security invoker
    set search_path = pg_catalog, pg_temp
as $function$
    select * from hypermind.ledger_health()
    union all
    -- With the rights of the caller: others' sessions are seen by members of pg_read_all_stats, as pg_monitor is.
    select 'oldest_transaction', s.verdict, s.minutes, 'minutes',
           'Since the oldest transaction of this database began. While it lasts, old row versions stay.',
           case when s.verdict <> 'ok' then 'Who is it? select * from pg_stat_activity order by xact_start. Let it end.' end
    from (
        select a.minutes, case when a.minutes >= 1440 then 'critical' when a.minutes >= 60 then 'warning' else 'ok' end as verdict
        from (
            select coalesce(round(extract(epoch from clock_timestamp() - min(x.xact_start)) / 60, 1), 0) as minutes
            from pg_catalog.pg_stat_activity as x
            where x.datname = current_database() and x.backend_type = 'client backend'
        ) as a
    ) as s
    where pg_has_role('pg_read_all_stats', 'USAGE')
$function$;

comment on function hypermind.health() is
$comment$How the ledger is doing, for those who run it: a row a check, with a verdict (ok, warning or critical), a value, its unit,
what it means, and, unless it is ok, what to do. It takes no lock that anybody waits for, and shows nothing that a project recorded.

The row oldest_transaction is there for callers who may see others' sessions (pg_monitor). On a replica, the rows of transactions,
dead rows and slots tell of the replica.$comment$;

grant usage on schema hypermind to pg_monitor;
grant execute on function hypermind.health() to hypermind_operator, pg_monitor;

commit;
