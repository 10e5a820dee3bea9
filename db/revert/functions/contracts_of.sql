-- Revert hypermind:functions/contracts_of from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.contracts_of(jsonb, uuid);

commit;
