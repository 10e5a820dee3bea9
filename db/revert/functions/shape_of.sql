-- Revert hypermind:functions/shape_of from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.shape_of(jsonb, int);

commit;
