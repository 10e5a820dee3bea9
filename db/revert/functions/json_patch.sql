-- Revert hypermind:functions/json_patch from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.json_patch(jsonb, jsonb);

commit;
