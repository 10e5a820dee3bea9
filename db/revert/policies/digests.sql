-- Revert hypermind:policies/digests from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy digests_of_operators_and_auditors on hypermind.digests;

commit;
