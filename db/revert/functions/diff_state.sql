-- Revert hypermind:functions/diff_state from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.diff_state(uuid, bigint, bigint);

commit;
