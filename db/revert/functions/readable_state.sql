-- Revert hypermind:functions/readable_state from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.readable_state(uuid, bigint);

commit;
