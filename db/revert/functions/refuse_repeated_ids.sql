-- Revert hypermind:functions/refuse_repeated_ids from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_repeated_ids(uuid, jsonb);

commit;
