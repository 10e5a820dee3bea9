-- Verify hypermind:tables/config_labels on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.config_labels',
    'config_id, label, project_id, version, moves');

rollback;
