-- Revert hypermind:functions/evaluated_members from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.evaluated_members(jsonb, text, jsonb, integer, boolean);

commit;
