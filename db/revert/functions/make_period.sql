-- Revert hypermind:functions/make_period from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.make_period(timestamp with time zone);

commit;
