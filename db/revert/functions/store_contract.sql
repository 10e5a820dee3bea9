-- Revert hypermind:functions/store_contract from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.store_contract(uuid, text, jsonb, jsonb, text, integer, boolean, text);

commit;
