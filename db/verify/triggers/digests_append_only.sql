-- Verify hypermind:triggers/digests_append_only on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_guarded('hypermind.digests');

rollback;
