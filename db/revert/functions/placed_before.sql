-- Revert hypermind:functions/placed_before from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.placed_before(hypermind.holds);

commit;
