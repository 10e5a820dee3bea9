-- Revert hypermind:functions/ship_contract from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.ship_contract(text, jsonb, jsonb, text);

commit;
