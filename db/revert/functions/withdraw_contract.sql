-- Revert hypermind:functions/withdraw_contract from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.withdraw_contract(text);

commit;
