-- Revert hypermind:functions/run_maintenance_step from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.run_maintenance_step(text, integer, interval);

commit;
