-- Revert hypermind:functions/closed_members from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.closed_members(jsonb, text);

commit;
