-- Revert hypermind:functions/contract_versions from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.contract_versions(jsonb, uuid);

commit;
