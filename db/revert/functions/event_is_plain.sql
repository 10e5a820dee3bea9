-- Revert hypermind:functions/event_is_plain from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.event_is_plain(text, jsonb, jsonb, text, text, text[], bigint, bigint, numeric, timestamptz);

commit;
