-- Revert hypermind:functions/period_end from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.period_end(timestamp with time zone);

commit;
