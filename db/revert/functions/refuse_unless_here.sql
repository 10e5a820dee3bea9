-- Revert hypermind:functions/refuse_unless_here from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_unless_here(date);

commit;
