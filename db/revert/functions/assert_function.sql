-- Revert hypermind:functions/assert_function from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.assert_function(regprocedure, name[], boolean, "char");

commit;
