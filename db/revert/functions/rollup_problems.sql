-- Revert hypermind:functions/rollup_problems from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.rollup_problems();

commit;
