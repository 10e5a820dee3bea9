-- Revert hypermind:functions/lock_briefly from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.lock_briefly(regclass[], text, timestamp with time zone);

commit;
