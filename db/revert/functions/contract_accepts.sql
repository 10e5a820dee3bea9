-- Revert hypermind:functions/contract_accepts from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.contract_accepts(hypermind.contracts, jsonb);

commit;
