-- Revert hypermind:policies/restores from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy restores_of_operators_and_auditors on hypermind.restores;

commit;
