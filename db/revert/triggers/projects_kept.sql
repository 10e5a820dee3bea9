-- Revert hypermind:triggers/projects_kept from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger projects_no_truncate on hypermind.projects;
drop trigger projects_kept on hypermind.projects;

commit;
