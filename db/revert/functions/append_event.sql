-- Revert hypermind:functions/append_event from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.append_event(uuid, text, jsonb, jsonb, bigint, bigint, uuid, bigint, text, text, text[], bigint, bigint, numeric, timestamp with time zone);

commit;
