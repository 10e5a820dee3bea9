-- Revert hypermind:functions/activity from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.activity(uuid, text, timestamptz, timestamptz, text[], integer, text);

commit;
