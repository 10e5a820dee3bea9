-- Verify hypermind:triggers/hold_releases_append_only on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_guarded('hypermind.hold_releases');

rollback;
