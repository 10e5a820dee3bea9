-- Revert hypermind:functions/state_shape from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.state_shape(jsonb);

commit;
