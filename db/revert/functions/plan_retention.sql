-- Revert hypermind:functions/plan_retention from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.plan_retention(date);

commit;
