-- Revert hypermind:functions/state_at from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.state_at(uuid, bigint);

commit;
