-- Revert hypermind:functions/ensure_periods from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

-- The periods were made at run time: the plan does not know them.
select hypermind_private.drop_periods();

drop function hypermind.ensure_periods(integer);

commit;
