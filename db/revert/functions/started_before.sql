-- Revert hypermind:functions/started_before from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.started_before(hypermind.runs, jsonb);

commit;
