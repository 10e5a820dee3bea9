-- Verify hypermind:tables/retention_policies on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.retention_policies',
    'scope, version, keep_at_least, keep_at_most, archive_after, project_id, reason, set_by, set_at');

rollback;
