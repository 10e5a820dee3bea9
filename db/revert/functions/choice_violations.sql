-- Revert hypermind:functions/choice_violations from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.choice_violations(jsonb, text, jsonb, text, integer, integer);

commit;
