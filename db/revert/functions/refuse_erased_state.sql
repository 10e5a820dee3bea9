-- Revert hypermind:functions/refuse_erased_state from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_erased_state(uuid, bigint);

commit;
