-- Revert hypermind:functions/state_after from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.state_after(uuid, jsonb, bigint, bigint);

commit;
