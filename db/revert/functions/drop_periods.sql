-- Revert hypermind:functions/drop_periods from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.drop_periods();

commit;
