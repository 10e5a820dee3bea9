-- Revert hypermind:functions/words_apart from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.words_apart(text);

commit;
