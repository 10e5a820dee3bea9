-- Revert hypermind:views/event_types from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop view hypermind.event_types;

commit;
