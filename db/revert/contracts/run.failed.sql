-- Revert hypermind:contracts/run.failed from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

select hypermind_private.withdraw_contract('run.failed');

commit;
