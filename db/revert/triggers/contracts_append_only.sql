-- Revert hypermind:triggers/contracts_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger contracts_no_truncate on hypermind.contracts;
drop trigger contracts_append_only on hypermind.contracts;

commit;
