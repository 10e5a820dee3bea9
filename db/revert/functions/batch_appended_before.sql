-- Revert hypermind:functions/batch_appended_before from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.batch_appended_before(uuid, jsonb);

commit;
