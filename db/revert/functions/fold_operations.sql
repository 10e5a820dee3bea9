-- Revert hypermind:functions/fold_operations from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.fold_operations(jsonb, jsonb[], int, boolean);

commit;
