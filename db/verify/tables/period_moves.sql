-- Verify hypermind:tables/period_moves on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.period_moves',
    'period, move, action, archive_id, runs, moved_by, moved_at');

rollback;
