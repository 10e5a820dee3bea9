-- Revert hypermind:functions/keyword_message from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.keyword_message(text, jsonb, jsonb, text);

commit;
