-- Verify hypermind:triggers/digest_leaves_append_only on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_guarded('hypermind.digest_leaves');

rollback;
