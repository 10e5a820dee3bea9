-- Revert hypermind:contracts/handoff.made from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

select hypermind_private.withdraw_contract('handoff.made');

commit;
