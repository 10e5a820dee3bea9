-- Revert hypermind:functions/compile_schema from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.compile_schema(jsonb, text);

commit;
