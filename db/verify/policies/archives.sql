-- Verify hypermind:policies/archives on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the policy lets everybody read what it selects, and nothing else.
select 1 / count(*)
from pg_catalog.pg_policy as p
where p.polrelid = 'hypermind.archives'::regclass
  and p.polname = 'archives_of_operators_and_auditors'
  and p.polcmd = 'r'
  and p.polpermissive
  and p.polroles = '{0}'
  and p.polwithcheck is null;

rollback;
