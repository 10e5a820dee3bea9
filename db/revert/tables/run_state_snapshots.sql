-- Revert hypermind:tables/run_state_snapshots from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.run_state_snapshots;

commit;
