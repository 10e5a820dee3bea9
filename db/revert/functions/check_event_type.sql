-- Revert hypermind:functions/check_event_type from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_event_type(text);

commit;
