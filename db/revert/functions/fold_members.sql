-- Revert hypermind:functions/fold_members from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.fold_members(jsonb, jsonb[], int[], int, boolean);

commit;
