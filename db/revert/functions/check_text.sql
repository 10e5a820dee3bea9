-- Revert hypermind:functions/check_text from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_text(text, text, integer);

commit;
