-- Deploy hypermind:functions/horizon_checks to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.horizon_checks()
    returns table (check_name text, verdict text, value numeric, unit text, meaning text, hint text)
    language sql
    stable
as $function$
    select 'prepared_transactions', case when p.hours >= 24 then 'critical' when p.hours >= 1 then 'warning' else 'ok' end,
           p.hours, 'hours',
           'Since the oldest prepared transaction of this database was prepared. It keeps its locks, and dead rows.',
           'Commit or roll it back: select * from pg_prepared_xacts.'
    from (
        select coalesce(round(extract(epoch from clock_timestamp() - min(x.prepared)) / 3600, 2), 0) as hours
        from pg_catalog.pg_prepared_xacts as x
        where x.database = current_database()
    ) as p
    union all
    select 'slot_horizon',
           case when s.transactions >= 100000000 then 'critical' when s.transactions >= 1000000 then 'warning' else 'ok' end,
           s.transactions, 'transactions',
           'How far behind the oldest snapshot is that a replication slot keeps. Dead rows since then cannot be removed.',
           'Is its replica running? If it is gone for good: select pg_drop_replication_slot(''...'').'
    from (select coalesce(max(age(r.xmin)), 0) as transactions from pg_catalog.pg_replication_slots as r) as s
$function$;

comment on function hypermind_private.horizon_checks() is
$comment$Checks of what holds back VACUUM and can be seen by everybody, for health().$comment$;

commit;
