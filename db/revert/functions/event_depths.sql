-- Revert hypermind:functions/event_depths from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.event_depths(text, uuid, bigint[]);

commit;
