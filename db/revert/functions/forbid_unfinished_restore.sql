-- Revert hypermind:functions/forbid_unfinished_restore from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.forbid_unfinished_restore();

commit;
