-- Revert hypermind:functions/check_retention_days from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_retention_days(text, integer, integer);

commit;
