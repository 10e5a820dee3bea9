-- Revert hypermind:functions/retention_policy from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.retention_policy(uuid);

commit;
