-- Revert hypermind:functions/label_word from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.label_word(uuid, text);

commit;
