-- Revert hypermind:functions/caller from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.caller();

commit;
