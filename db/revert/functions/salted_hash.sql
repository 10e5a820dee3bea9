-- Revert hypermind:functions/salted_hash from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.salted_hash(uuid, jsonb);

commit;
