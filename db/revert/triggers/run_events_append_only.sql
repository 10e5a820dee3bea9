-- Revert hypermind:triggers/run_events_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger run_events_no_truncate on hypermind.run_events;
drop trigger run_events_append_only on hypermind.run_events;

commit;
