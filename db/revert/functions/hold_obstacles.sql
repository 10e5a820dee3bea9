-- Revert hypermind:functions/hold_obstacles from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.hold_obstacles(date);

commit;
