-- Revert hypermind:functions/attach_artifact from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.attach_artifact(uuid, text, text, bytea, bigint, text, bigint, uuid, jsonb, bigint);

commit;
