-- Revert hypermind:functions/end_problem from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.end_problem(uuid);

commit;
