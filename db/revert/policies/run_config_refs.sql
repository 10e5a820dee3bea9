-- Revert hypermind:policies/run_config_refs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy run_config_refs_of_the_readers_projects on hypermind.run_config_refs;

commit;
