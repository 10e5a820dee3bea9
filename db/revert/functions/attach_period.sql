-- Revert hypermind:functions/attach_period from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.attach_period(date);

commit;
