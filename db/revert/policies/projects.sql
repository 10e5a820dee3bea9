-- Revert hypermind:policies/projects from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy projects_of_the_reader on hypermind.projects;

commit;
