-- Revert hypermind:policies/period_moves from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy period_moves_of_operators_and_auditors on hypermind.period_moves;

commit;
