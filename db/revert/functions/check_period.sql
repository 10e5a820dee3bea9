-- Revert hypermind:functions/check_period from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_period(date);

commit;
