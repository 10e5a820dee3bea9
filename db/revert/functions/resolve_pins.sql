-- Revert hypermind:functions/resolve_pins from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.resolve_pins(uuid, jsonb);

commit;
