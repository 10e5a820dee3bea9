-- Revert hypermind:policies/rollups from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy rollups_of_the_readers_projects on hypermind.rollups;

commit;
