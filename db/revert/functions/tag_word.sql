-- Revert hypermind:functions/tag_word from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.tag_word(uuid, text);

commit;
