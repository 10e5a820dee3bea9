-- Verify hypermind:policies/digest_leaves on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the policy lets operators and auditors read, and nothing else.
select 1 / count(*)
from pg_catalog.pg_policy as p
where p.polrelid = 'hypermind.digest_leaves'::regclass
  and p.polname = 'digest_leaves_of_operators_and_auditors'
  and p.polcmd = 'r'
  and p.polpermissive
  and p.polroles = '{0}'
  and p.polwithcheck is null;

rollback;
