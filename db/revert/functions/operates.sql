-- Revert hypermind:functions/operates from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.operates();

commit;
