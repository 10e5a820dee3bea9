-- Revert hypermind:policies/run_summaries from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy run_summaries_of_the_readers_projects on hypermind.run_summaries;

commit;
