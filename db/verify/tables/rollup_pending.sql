-- Verify hypermind:tables/rollup_pending on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table('hypermind.rollup_pending', 'run_id, project_id');

rollback;
