-- Verify hypermind:tables/config_entities on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.config_entities',
    'config_id, project_id, kind, name, created_at');

rollback;
