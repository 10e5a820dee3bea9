-- Revert hypermind:functions/event_preview from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.event_preview(jsonb);

commit;
