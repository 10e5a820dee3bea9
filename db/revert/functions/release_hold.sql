-- Revert hypermind:functions/release_hold from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.release_hold(uuid, text);

commit;
