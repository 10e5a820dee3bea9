-- Verify hypermind:views/periods on pg

begin;

set local role hypermind_owner;

select period, starts_at, ends_at, estimated_events, total_bytes
from hypermind.periods
where false;

-- Division by zero unless it reads with the rights of its reader, and readers may read it.
select 1 / (c.reloptions @> '{security_invoker=true}'
            and has_table_privilege('hypermind_reader', c.oid, 'select')
            and not has_table_privilege('public', c.oid, 'select'))::integer
from pg_catalog.pg_class as c
where c.oid = 'hypermind.periods'::regclass;

rollback;
