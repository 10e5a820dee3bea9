-- Revert hypermind:functions/open_obstacles from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.open_obstacles(date);

commit;
