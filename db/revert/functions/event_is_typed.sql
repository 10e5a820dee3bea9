-- Revert hypermind:functions/event_is_typed from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.event_is_typed(jsonb);

commit;
