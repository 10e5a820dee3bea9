-- Revert hypermind:functions/filter_words from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.filter_words(text[], text, text);

commit;
