-- Revert hypermind:functions/in_place_schemas from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.in_place_schemas(jsonb);

commit;
