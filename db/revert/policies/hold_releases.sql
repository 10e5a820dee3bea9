-- Revert hypermind:policies/hold_releases from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy hold_releases_of_the_readers_projects on hypermind.hold_releases;

commit;
