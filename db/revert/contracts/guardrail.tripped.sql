-- Revert hypermind:contracts/guardrail.tripped from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

select hypermind_private.withdraw_contract('guardrail.tripped');

commit;
