-- Revert hypermind:functions/fold_state from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.fold_state(jsonb, jsonb[]);

commit;
