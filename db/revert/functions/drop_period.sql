-- Revert hypermind:functions/drop_period from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.drop_period(date);

commit;
