-- Verify hypermind:triggers/maintenance_steps_kept on pg

begin;

set local role hypermind_owner;

-- Division by zero unless every guard is there, always fires, and refuses.
select 1 / (count(*) = 2)::integer
from pg_catalog.pg_trigger as t
where t.tgrelid = 'hypermind.maintenance_steps'::regclass
  and t.tgname in ('maintenance_steps_kept', 'maintenance_steps_no_truncate')
  and t.tgfoid = 'hypermind_private.forbid_mutation()'::regprocedure
  and t.tgenabled = 'A';

rollback;
