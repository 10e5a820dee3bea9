-- Revert hypermind:tables/rollup_pending from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.rollup_pending;

commit;
