-- Revert hypermind:functions/find_events from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.find_events(uuid[], timestamptz, timestamptz, text[], integer, timestamptz, uuid, bigint);

commit;
