-- Revert hypermind:functions/check_integrity from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.check_integrity();

commit;
