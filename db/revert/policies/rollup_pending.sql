-- Revert hypermind:policies/rollup_pending from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy rollup_pending_of_the_readers_projects on hypermind.rollup_pending;

commit;
