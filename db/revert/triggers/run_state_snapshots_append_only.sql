-- Revert hypermind:triggers/run_state_snapshots_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger run_state_snapshots_no_truncate on hypermind.run_state_snapshots;
drop trigger run_state_snapshots_append_only on hypermind.run_state_snapshots;

commit;
