-- Revert hypermind:functions/column_schema from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.column_schema(jsonb);

commit;
