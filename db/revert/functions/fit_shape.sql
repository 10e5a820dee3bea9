-- Revert hypermind:functions/fit_shape from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.fit_shape(jsonb, int);

commit;
