-- Revert hypermind:functions/check_page_limit from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_page_limit(integer);

commit;
