-- Verify hypermind:tables/hold_releases on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.hold_releases',
    'hold_id, project_id, reason, released_by, released_at');

rollback;
