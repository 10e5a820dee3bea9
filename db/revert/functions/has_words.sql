-- Revert hypermind:functions/has_words from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.has_words(text, tsquery);

commit;
