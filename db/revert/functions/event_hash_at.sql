-- Revert hypermind:functions/event_hash_at from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.event_hash_at(uuid, bigint);

commit;
