-- Revert hypermind:functions/register_contract from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.register_contract(uuid, text, jsonb, integer, boolean, text);

commit;
