-- Revert hypermind:functions/run_words from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.run_words(uuid, text[], uuid[], integer[], text[]);

commit;
