-- Revert hypermind:functions/is_project_role from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.is_project_role(name);

commit;
