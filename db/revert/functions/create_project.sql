-- Revert hypermind:functions/create_project from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.create_project(text, text, name);

commit;
