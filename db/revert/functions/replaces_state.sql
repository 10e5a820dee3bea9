-- Revert hypermind:functions/replaces_state from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.replaces_state(jsonb);

commit;
