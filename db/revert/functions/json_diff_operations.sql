-- Revert hypermind:functions/json_diff_operations from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.json_diff_operations(text, int, jsonb, jsonb);

commit;
