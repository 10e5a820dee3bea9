-- Verify hypermind:triggers/config_versions_append_only on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_guarded('hypermind.config_versions');

rollback;
