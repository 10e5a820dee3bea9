-- Revert hypermind:functions/register_event_type from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.register_event_type(text, jsonb, uuid, jsonb, text, integer, boolean, text);

commit;
