-- Revert hypermind:functions/set_enforcement from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.set_enforcement(uuid, text);

commit;
