-- Revert hypermind:functions/restore_rows from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.restore_rows(uuid, text, jsonb);

commit;
