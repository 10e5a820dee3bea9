-- Revert hypermind:functions/erasure_problem from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.erasure_problem(uuid);

commit;
