-- Verify hypermind:triggers/restores_are_finished on pg

begin;

set local role hypermind_owner;

-- Division by zero unless it is there, waits for the commit, and always fires.
select 1 / count(*)
from pg_catalog.pg_trigger as t
where t.tgrelid = 'hypermind.restores'::regclass
  and t.tgname = 'restores_are_finished'
  and t.tginitdeferred
  and t.tgenabled = 'A';

rollback;
