-- Verify hypermind:tables/projects on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.projects',
    'project_id, workspace, name, role, created_at, created_by, enforcement');

rollback;
