-- Revert hypermind:functions/operated_project from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.operated_project(uuid);

commit;
