-- Deploy hypermind:views/periods to pg
-- requires: functions/ensure_periods
-- requires: tables/runs

begin;

set local role hypermind_owner;

create view hypermind.periods
with (security_invoker = true)
as
select leaves.period,
       hypermind.uuidv7_time((bound.ends)[1]::uuid) as starts_at,
       hypermind.uuidv7_time((bound.ends)[2]::uuid) as ends_at,
       greatest(leaves.events, 0)::bigint as estimated_events,
       leaves.total_bytes
from (
    select substring(c.relname from 'p[0-9]+$') as period,
           min(pg_get_expr(c.relpartbound, c.oid)) filter (where i.inhparent = 'hypermind.runs'::regclass) as bounds,
           max(c.reltuples) filter (where i.inhparent = 'hypermind.run_events'::regclass) as events,
           sum(pg_total_relation_size(c.oid))::bigint as total_bytes
    from pg_catalog.pg_inherits as i
    join pg_catalog.pg_class as c on c.oid = i.inhrelid
    join pg_catalog.pg_class as p on p.oid = i.inhparent
    where p.relnamespace = 'hypermind'::regnamespace and p.relkind = 'p'
    group by substring(c.relname from 'p[0-9]+$')
) as leaves
cross join lateral regexp_match(leaves.bounds, 'FROM \(''([-0-9a-f]+)''\) TO \(''([-0-9a-f]+)''\)') as bound (ends);

comment on view hypermind.periods is 'The months that runs are kept in, by the time of their ids.';
comment on column hypermind.periods.period is 'Name of the period: its leaves are hypermind_private.<table>_<period>.';
comment on column hypermind.periods.starts_at is 'Runs from this moment on are in it.';
comment on column hypermind.periods.ends_at is 'Runs from this moment on are in the next.';
comment on column hypermind.periods.estimated_events is 'How many events it holds, as of its last ANALYZE.';
comment on column hypermind.periods.total_bytes is 'Size of all its leaves with indexes and TOAST.';

grant select on hypermind.periods to hypermind_reader;

commit;
