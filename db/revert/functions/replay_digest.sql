-- Revert hypermind:functions/replay_digest from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.replay_digest(uuid, bigint, bytea, jsonb, jsonb, jsonb);

commit;
