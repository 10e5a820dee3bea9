-- Verify hypermind:roles/hypermind_writer on pg

begin;

-- Division by zero unless the role is a plain group without dangerous rights.
select 1 / (not r.rolcanlogin and not r.rolsuper and not r.rolcreaterole and not r.rolbypassrls
            and pg_has_role(r.oid, 'hypermind_reader', 'usage'))::integer
from pg_catalog.pg_roles as r
where r.rolname = 'hypermind_writer';

-- Division by zero unless the role exists.
select 1 / count(*) from pg_catalog.pg_roles as r where r.rolname = 'hypermind_writer';

rollback;
