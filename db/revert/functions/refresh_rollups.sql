-- Revert hypermind:functions/refresh_rollups from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.refresh_rollups(integer);

commit;
