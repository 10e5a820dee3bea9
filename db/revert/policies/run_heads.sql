-- Revert hypermind:policies/run_heads from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy run_heads_of_the_readers_projects on hypermind.run_heads;

commit;
