-- Revert hypermind:functions/evaluated_items from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.evaluated_items(jsonb, text, jsonb, integer, boolean);

commit;
