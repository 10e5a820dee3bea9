-- Revert hypermind:functions/insert_rows from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.insert_rows(text, jsonb);

commit;
