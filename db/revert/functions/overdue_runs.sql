-- Revert hypermind:functions/overdue_runs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.overdue_runs(date);

commit;
