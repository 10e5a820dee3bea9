-- Revert hypermind:functions/uuidv7_time from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.uuidv7_time(uuid);

commit;
