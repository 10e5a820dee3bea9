-- Revert hypermind:functions/takes_event_type from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.takes_event_type(uuid, text);

commit;
