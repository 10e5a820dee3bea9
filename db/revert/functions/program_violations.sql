-- Revert hypermind:functions/program_violations from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.program_violations(jsonb, jsonb, integer);

commit;
