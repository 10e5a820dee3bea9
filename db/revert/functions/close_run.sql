-- Revert hypermind:functions/close_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.close_run(hypermind.run_heads, text, jsonb);

commit;
