-- Revert hypermind:functions/create_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.create_run(uuid, text, jsonb, jsonb, jsonb, text[], uuid, uuid, text, text, text);

commit;
