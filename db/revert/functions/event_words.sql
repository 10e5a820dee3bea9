-- Revert hypermind:functions/event_words from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.event_words(uuid, text, text, text, jsonb, smallint);

commit;
