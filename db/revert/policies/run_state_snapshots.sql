-- Revert hypermind:policies/run_state_snapshots from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy run_state_snapshots_of_the_readers_projects on hypermind.run_state_snapshots;

commit;
