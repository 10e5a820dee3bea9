-- Revert hypermind:functions/contract_violations from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.contract_violations(text, jsonb, uuid, integer);

commit;
