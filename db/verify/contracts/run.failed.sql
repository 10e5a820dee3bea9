-- Verify hypermind:contracts/run.failed on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the contract is there, for the whole ledger.
select 1 / count(*)::int
from hypermind.contracts as c
where c.subject = 'run.failed' and c.project_id is null and c.version = 1
  and c.schema ->> 'title' = 'Run failed';

rollback;
