-- Revert hypermind:functions/project_role from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.project_role(uuid);

commit;
