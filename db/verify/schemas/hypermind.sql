-- Verify hypermind:schemas/hypermind on pg

begin;

-- Division by zero unless it has its owner, and nobody but the owner can make anything in it.
select 1 / (n.nspowner = 'hypermind_owner'::regrole
            and has_schema_privilege('hypermind_reader', n.oid, 'usage')
            and not has_schema_privilege('public', n.oid, 'usage')
            and not has_schema_privilege('hypermind_operator', n.oid, 'create'))::integer
from pg_catalog.pg_namespace as n
where n.nspname = 'hypermind';

-- Division by zero unless functions of the owner are born without rights for PUBLIC.
select 1 / count(*)
from pg_catalog.pg_default_acl as d
where d.defaclrole = 'hypermind_owner'::regrole
  and d.defaclnamespace = 0
  and d.defaclobjtype = 'f'
  and not exists (select from aclexplode(d.defaclacl) as a where a.grantee = 0);

rollback;
