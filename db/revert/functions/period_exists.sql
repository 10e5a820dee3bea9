-- Revert hypermind:functions/period_exists from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.period_exists(timestamp with time zone);

commit;
