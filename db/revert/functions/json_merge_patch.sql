-- Revert hypermind:functions/json_merge_patch from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.json_merge_patch(jsonb, jsonb);

commit;
