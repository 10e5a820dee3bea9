-- Revert hypermind:policies/retention_policies from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy retention_policies_of_the_ledger_and_the_readers_projects on hypermind.retention_policies;

commit;
