-- Revert hypermind:functions/shape_after from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.shape_after(jsonb, jsonb);

commit;
