-- Revert hypermind:tables/hold_releases from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.hold_releases;

commit;
