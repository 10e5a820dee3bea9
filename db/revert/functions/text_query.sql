-- Revert hypermind:functions/text_query from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.text_query(text);

commit;
