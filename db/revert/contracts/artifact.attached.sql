-- Revert hypermind:contracts/artifact.attached from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

select hypermind_private.withdraw_contract('artifact.attached');

commit;
