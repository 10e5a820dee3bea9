-- Revert hypermind:functions/transition_event from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.transition_event(text, text);

commit;
