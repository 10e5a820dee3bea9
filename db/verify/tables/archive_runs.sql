-- Verify hypermind:tables/archive_runs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.archive_runs',
    'archive_id, run_id, project_id, last_seq, last_hash');

rollback;
