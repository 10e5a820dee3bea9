-- Revert hypermind:functions/keyword_predicates from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.keyword_predicates(jsonb, text, boolean);

commit;
