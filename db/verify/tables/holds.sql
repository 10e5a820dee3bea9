-- Verify hypermind:tables/holds on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.holds',
    'hold_id, project_id, run_id, config_id, version, label, reason, placed_by, placed_at');

rollback;
