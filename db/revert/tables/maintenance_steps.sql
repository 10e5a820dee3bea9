-- Revert hypermind:tables/maintenance_steps from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.maintenance_steps;

commit;
