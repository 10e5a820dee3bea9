-- Revert hypermind:policies/runs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy runs_of_the_readers_projects on hypermind.runs;

commit;
