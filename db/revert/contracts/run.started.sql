-- Revert hypermind:contracts/run.started from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

select hypermind_private.withdraw_contract('run.started');

commit;
