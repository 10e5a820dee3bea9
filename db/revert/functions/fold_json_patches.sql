-- Revert hypermind:functions/fold_json_patches from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.fold_json_patches(jsonb, jsonb[]);

commit;
