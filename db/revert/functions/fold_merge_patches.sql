-- Revert hypermind:functions/fold_merge_patches from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.fold_merge_patches(jsonb, jsonb[]);

commit;
