-- Revert hypermind:functions/assertion_predicate from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.assertion_predicate(text, jsonb, text);

commit;
