-- Revert hypermind:functions/digest_problems from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.digest_problems();

commit;
