-- Revert hypermind:policies/maintenance_steps from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy maintenance_steps_of_operators_and_auditors on hypermind.maintenance_steps;

commit;
