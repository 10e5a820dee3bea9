-- Verify hypermind:tables/config_label_history on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.config_label_history',
    'config_id, label, move, project_id, version, moved_by, moved_at');

rollback;
