-- Revert hypermind:functions/event_type_is_formed from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.event_type_is_formed(text);

commit;
