-- Revert hypermind:policies/archives from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy archives_of_operators_and_auditors on hypermind.archives;

commit;
