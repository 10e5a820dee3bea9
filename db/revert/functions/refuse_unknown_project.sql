-- Revert hypermind:functions/refuse_unknown_project from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_unknown_project(uuid);

commit;
