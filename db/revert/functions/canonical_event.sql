-- Revert hypermind:functions/canonical_event from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.canonical_event(uuid, bigint, uuid, uuid, text, integer, bigint, bytea, bytea, text, text, text[], bigint, bigint, numeric, smallint, bytea, timestamp with time zone, timestamp with time zone);

commit;
