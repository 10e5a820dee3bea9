-- Revert hypermind:functions/check_batch_events from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_batch_events(jsonb, hypermind.run_heads, jsonb);

commit;
