-- Revert hypermind:triggers/maintenance_steps_kept from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger maintenance_steps_no_truncate on hypermind.maintenance_steps;
drop trigger maintenance_steps_kept on hypermind.maintenance_steps;

commit;
