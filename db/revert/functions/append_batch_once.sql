-- Revert hypermind:functions/append_batch_once from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.append_batch_once(uuid, jsonb, bigint, bigint);

commit;
