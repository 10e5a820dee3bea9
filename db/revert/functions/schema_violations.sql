-- Revert hypermind:functions/schema_violations from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.schema_violations(jsonb, jsonb);

commit;
