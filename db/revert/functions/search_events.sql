-- Revert hypermind:functions/search_events from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.search_events(text, uuid, text, text[], text, text, timestamptz, timestamptz, uuid, integer, text);

commit;
