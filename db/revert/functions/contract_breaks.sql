-- Revert hypermind:functions/contract_breaks from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.contract_breaks(jsonb, jsonb);

commit;
