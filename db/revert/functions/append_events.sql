-- Revert hypermind:functions/append_events from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.append_events(uuid, jsonb, bigint, bigint);

commit;
