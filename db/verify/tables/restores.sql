-- Verify hypermind:tables/restores on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.restores',
    'run_id, archive_id, restored_by');

rollback;
