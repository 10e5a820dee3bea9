-- Verify hypermind:policies/archive_runs on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the policy lets everybody read what it selects, and nothing else.
select 1 / count(*)
from pg_catalog.pg_policy as p
where p.polrelid = 'hypermind.archive_runs'::regclass
  and p.polname = 'archive_runs_of_the_readers_projects'
  and p.polcmd = 'r'
  and p.polpermissive
  and p.polroles = '{0}'
  and p.polwithcheck is null;

rollback;
