-- Revert hypermind:functions/json_patch_malformed from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.json_patch_malformed(jsonb);

commit;
