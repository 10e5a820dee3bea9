-- Revert hypermind:triggers/hold_releases_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger hold_releases_no_truncate on hypermind.hold_releases;
drop trigger hold_releases_append_only on hypermind.hold_releases;

commit;
