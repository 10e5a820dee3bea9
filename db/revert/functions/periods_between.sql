-- Revert hypermind:functions/periods_between from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.periods_between(uuid, uuid);

commit;
