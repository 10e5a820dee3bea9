-- Revert hypermind:functions/shape_at from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.shape_at(jsonb, text[]);

commit;
