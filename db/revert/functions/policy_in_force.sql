-- Revert hypermind:functions/policy_in_force from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.policy_in_force(uuid);

commit;
