-- Revert hypermind:policies/run_tools from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy run_tools_of_the_readers_projects on hypermind.run_tools;

commit;
