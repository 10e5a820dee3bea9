-- Revert hypermind:functions/check_state_bounds from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_state_bounds(bigint, boolean);

commit;
