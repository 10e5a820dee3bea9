-- Revert hypermind:functions/evaluated_in_place from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.evaluated_in_place(jsonb, jsonb, jsonb, integer);

commit;
