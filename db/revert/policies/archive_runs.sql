-- Revert hypermind:policies/archive_runs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy archive_runs_of_the_readers_projects on hypermind.archive_runs;

commit;
