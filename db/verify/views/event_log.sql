-- Verify hypermind:views/event_log on pg

begin;

set local role hypermind_owner;

select run_id, seq, recorded_at, event_type, parent_seq, line
from hypermind.event_log
where false;

-- Division by zero unless it reads with the rights of its reader, and readers may read it.
select 1 / (c.reloptions @> '{security_invoker=true}'
            and has_table_privilege('hypermind_reader', c.oid, 'select')
            and not has_table_privilege('public', c.oid, 'select'))::integer
from pg_catalog.pg_class as c
where c.oid = 'hypermind.event_log'::regclass;

rollback;
