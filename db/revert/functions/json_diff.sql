-- Revert hypermind:functions/json_diff from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.json_diff(jsonb, jsonb);

commit;
