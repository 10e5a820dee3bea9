-- Revert hypermind:functions/schema_predicate from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.schema_predicate(jsonb);

commit;
