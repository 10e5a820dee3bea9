-- Verify hypermind:triggers/rollup_pending_no_truncate on pg

begin;

set local role hypermind_owner;

-- Division by zero unless every guard is there, always fires, and refuses.
select 1 / (count(*) = 1)::integer
from pg_catalog.pg_trigger as t
where t.tgrelid = 'hypermind.rollup_pending'::regclass
  and t.tgname in ('rollup_pending_no_truncate')
  and t.tgfoid = 'hypermind_private.forbid_mutation()'::regprocedure
  and t.tgenabled = 'A';

rollback;
