-- Revert hypermind:functions/pinned_slots from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.pinned_slots(uuid[], uuid[], integer);

commit;
