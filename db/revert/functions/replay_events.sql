-- Revert hypermind:functions/replay_events from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.replay_events(uuid, bigint, bigint);

commit;
