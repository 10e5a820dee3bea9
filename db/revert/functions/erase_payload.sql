-- Revert hypermind:functions/erase_payload from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.erase_payload(uuid, bigint, text);

commit;
