-- Revert hypermind:functions/unevaluated_violations from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.unevaluated_violations(jsonb, text, jsonb, text, integer, integer);

commit;
