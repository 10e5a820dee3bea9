-- Revert hypermind:functions/attached_before from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.attached_before(uuid, uuid, text, text, text, bytea, bigint, bigint, jsonb);

commit;
