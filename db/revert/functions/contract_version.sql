-- Revert hypermind:functions/contract_version from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.contract_version(text, uuid, integer);

commit;
