-- Revert hypermind:functions/event_text from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.event_text(jsonb, smallint);

commit;
