-- Revert hypermind:policies/run_outcomes from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy run_outcomes_of_the_readers_projects on hypermind.run_outcomes;

commit;
