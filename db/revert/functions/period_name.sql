-- Revert hypermind:functions/period_name from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.period_name(timestamp with time zone);

commit;
