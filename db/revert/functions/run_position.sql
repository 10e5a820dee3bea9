-- Revert hypermind:functions/run_position from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.run_position(uuid);

commit;
