-- Deploy hypermind:functions/storage_checks to pg
-- requires: functions/index_waste
-- requires: tables/run_heads

begin;

set local role hypermind_owner;

create or replace function hypermind_private.storage_checks()
    returns table (check_name text, verdict text, value numeric, unit text, meaning text, hint text)
    language sql
    stable
as $function$
    select 'index_bloat', case when b.megabytes >= 1000 then 'critical' when b.megabytes >= 100 then 'warning' else 'ok' end,
           b.megabytes, 'MB',
           'An estimate of what the indexes of tables that change take beyond what their entries need.',
           'Find out what holds back VACUUM, then: reindex table concurrently hypermind.run_heads, rollup_pending, rollups.'
    from (select round(hypermind_private.index_waste() / 1e6, 1) as megabytes) as b
    union all
    select 'dead_heads', case when d.rows >= 1000000 then 'critical' when d.rows >= 50000 then 'warning' else 'ok' end,
           d.rows, 'rows',
           'Old versions in run_heads that autovacuum has not removed: each append has to get past those of its run.',
           'Is autovacuum on? Does a long transaction, a prepared one or a replication slot hold an old snapshot?'
    from (select pg_stat_get_dead_tuples('hypermind.run_heads'::regclass)::numeric as rows) as d
$function$;

comment on function hypermind_private.storage_checks() is
$comment$Checks of what VACUUM should have cleaned up, for health().$comment$;

commit;
