-- Revert hypermind:functions/schema_locations from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.schema_locations(jsonb);

commit;
