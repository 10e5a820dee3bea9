-- Revert hypermind:policies/digest_leaves from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy digest_leaves_of_operators_and_auditors on hypermind.digest_leaves;

commit;
