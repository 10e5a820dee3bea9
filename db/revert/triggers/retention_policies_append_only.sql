-- Revert hypermind:triggers/retention_policies_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger retention_policies_no_truncate on hypermind.retention_policies;
drop trigger retention_policies_append_only on hypermind.retention_policies;

commit;
