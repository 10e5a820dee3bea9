-- Revert hypermind:functions/maintain from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.maintain(integer, interval);

commit;
