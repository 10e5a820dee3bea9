-- Verify hypermind:triggers/run_artifacts_append_only on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_guarded('hypermind.run_artifacts');

rollback;
