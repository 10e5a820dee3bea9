-- Revert hypermind:functions/resolve_replay_context from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.resolve_replay_context(uuid, bigint);

commit;
