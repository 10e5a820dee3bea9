-- Revert hypermind:functions/check_retention_policy from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_retention_policy(integer, integer, integer);

commit;
