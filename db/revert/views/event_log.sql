-- Revert hypermind:views/event_log from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop view hypermind.event_log;

commit;
