-- Revert hypermind:functions/start_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.start_run(hypermind.runs, text, jsonb, jsonb, jsonb);

commit;
