-- Revert hypermind:functions/microseconds from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.microseconds(timestamp with time zone);

commit;
