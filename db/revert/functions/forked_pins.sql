-- Revert hypermind:functions/forked_pins from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.forked_pins(uuid, uuid, jsonb);

commit;
