-- Verify hypermind:views/event_types on pg

begin;

set local role hypermind_owner;

select project_id, event_type, version, is_latest, title, schema, columns, text_rule, breaking, summary, author, created_at
from hypermind.event_types
where false;

-- Division by zero unless it reads with the rights of its reader, and readers may read it.
select 1 / (c.reloptions @> '{security_invoker=true}'
            and has_table_privilege('hypermind_reader', c.oid, 'select')
            and not has_table_privilege('public', c.oid, 'select'))::integer
from pg_catalog.pg_class as c
where c.oid = 'hypermind.event_types'::regclass;

rollback;
