-- Revert hypermind:functions/period_bounds from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.period_bounds(date);

commit;
