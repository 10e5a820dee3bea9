-- Revert hypermind:functions/detach_period from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.detach_period(date);

commit;
