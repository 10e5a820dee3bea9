-- Revert hypermind:functions/compute_state from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.compute_state(uuid, bigint);

commit;
