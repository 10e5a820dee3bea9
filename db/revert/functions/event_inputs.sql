-- Revert hypermind:functions/event_inputs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.event_inputs(jsonb);

commit;
