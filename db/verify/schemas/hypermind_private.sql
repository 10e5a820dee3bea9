-- Verify hypermind:schemas/hypermind_private on pg

begin;

-- Division by zero unless it has its owner, and nobody but the owner can make anything in it.
select 1 / (n.nspowner = 'hypermind_owner'::regrole
            and not has_schema_privilege('hypermind_operator', n.oid, 'usage')
            and not has_schema_privilege('public', n.oid, 'usage')
            and not has_schema_privilege('hypermind_operator', n.oid, 'create'))::integer
from pg_catalog.pg_namespace as n
where n.nspname = 'hypermind_private';

rollback;
