-- Revert hypermind:functions/grant_project from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.grant_project(uuid, name);

commit;
