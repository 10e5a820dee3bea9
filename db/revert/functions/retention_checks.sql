-- Revert hypermind:functions/retention_checks from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.retention_checks();

commit;
