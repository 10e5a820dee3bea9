-- Verify hypermind:triggers/archives_append_only on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_guarded('hypermind.archives');

rollback;
