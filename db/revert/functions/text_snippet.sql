-- Revert hypermind:functions/text_snippet from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.text_snippet(text, tsquery);

commit;
