-- Revert hypermind:functions/refuse_foreign_rows from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_foreign_rows(hypermind.archives, text, jsonb);

commit;
