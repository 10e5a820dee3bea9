-- Deploy hypermind:views/periods to pg
-- requires: functions/ensure_periods
-- requires: tables/runs

begin;

set local role hypermind_owner;

create view hypermind.periods
with (security_invoker = true)
as
select substring(leaf.relname from 'p[0-9]+$') as period,
       hypermind.uuidv7_time((bound.ends)[1]::uuid) as starts_at,
       hypermind.uuidv7_time((bound.ends)[2]::uuid) as ends_at,
       greatest(events.reltuples, 0)::bigint as estimated_events,
       sizes.total_bytes
from pg_catalog.pg_inherits as i
join pg_catalog.pg_class as leaf on leaf.oid = i.inhrelid
cross join lateral regexp_match(
    pg_get_expr(leaf.relpartbound, leaf.oid), 'FROM \(''([-0-9a-f]+)''\) TO \(''([-0-9a-f]+)''\)') as bound (ends)
join pg_catalog.pg_class as events
    on events.relname = replace(leaf.relname, 'runs_', 'run_events_') and events.relnamespace = leaf.relnamespace
cross join lateral (
    select sum(pg_total_relation_size(c.oid))::bigint as total_bytes
    from pg_catalog.pg_class as c
    where c.relnamespace = leaf.relnamespace and c.relkind = 'r'
      and c.relname like '%\_' || substring(leaf.relname from 'p[0-9]+$')
) as sizes
where i.inhparent = 'hypermind.runs'::regclass;

comment on view hypermind.periods is 'The months that runs are kept in, by the time of their ids.';
comment on column hypermind.periods.period is 'Name of the period: its leaves are hypermind_private.<table>_<period>.';
comment on column hypermind.periods.starts_at is 'Runs from this moment on are in it.';
comment on column hypermind.periods.ends_at is 'Runs from this moment on are in the next.';
comment on column hypermind.periods.estimated_events is 'How many events it holds, as of its last ANALYZE.';
comment on column hypermind.periods.total_bytes is 'Size of all its leaves with indexes and TOAST.';

grant select on hypermind.periods to hypermind_reader;

commit;
