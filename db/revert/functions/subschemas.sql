-- Revert hypermind:functions/subschemas from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.subschemas(jsonb);

commit;
