-- Revert hypermind:tables/period_moves from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.period_moves;

commit;
