-- Revert hypermind:functions/health from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

revoke usage on schema hypermind from pg_monitor;
drop function hypermind.health();

commit;
