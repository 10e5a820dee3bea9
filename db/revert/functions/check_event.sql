-- Revert hypermind:functions/check_event from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_event(text, jsonb, jsonb, text, text, text[], bigint, bigint, numeric, timestamp with time zone);

commit;
