-- Verify hypermind:tables/run_tools on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table('hypermind.run_tools', 'run_id, tool, project_id');

rollback;
