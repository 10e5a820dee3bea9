-- Verify hypermind:views/run_overview on pg

begin;

set local role hypermind_owner;

select run_id, project_id, workspace, project, mode, agent, model, owner, tags, status, last_seq, created_at,
       ended_at, duration, events, input_tokens, output_tokens, cost, parent_run_id, forked_at_seq,
       archive_id, location
from hypermind.run_overview
where false;

-- Division by zero unless it reads with the rights of its reader, and readers may read it.
select 1 / (c.reloptions @> '{security_invoker=true}'
            and has_table_privilege('hypermind_reader', c.oid, 'select')
            and not has_table_privilege('public', c.oid, 'select'))::integer
from pg_catalog.pg_class as c
where c.oid = 'hypermind.run_overview'::regclass;

rollback;
