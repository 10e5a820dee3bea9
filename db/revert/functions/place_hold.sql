-- Revert hypermind:functions/place_hold from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.place_hold(uuid, text, uuid, text, text, integer, text, uuid);

commit;
