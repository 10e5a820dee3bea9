-- Revert hypermind:functions/period_start from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.period_start(timestamp with time zone);

commit;
