-- Revert hypermind:functions/period_state from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.period_state(date);

commit;
