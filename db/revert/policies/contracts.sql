-- Revert hypermind:policies/contracts from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy contracts_of_the_ledger_and_the_readers_projects on hypermind.contracts;

commit;
