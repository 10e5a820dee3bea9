-- Revert hypermind:contracts/error.raised from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

select hypermind_private.withdraw_contract('error.raised');

commit;
