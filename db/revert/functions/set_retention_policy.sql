-- Revert hypermind:functions/set_retention_policy from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.set_retention_policy(uuid, integer, integer, integer, text, integer);

commit;
