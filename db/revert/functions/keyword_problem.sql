-- Revert hypermind:functions/keyword_problem from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.keyword_problem(text, jsonb);

commit;
