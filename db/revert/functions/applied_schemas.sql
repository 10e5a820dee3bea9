-- Revert hypermind:functions/applied_schemas from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.applied_schemas(jsonb, jsonb, text);

commit;
