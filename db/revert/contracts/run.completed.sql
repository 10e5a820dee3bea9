-- Revert hypermind:contracts/run.completed from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

select hypermind_private.withdraw_contract('run.completed');

commit;
