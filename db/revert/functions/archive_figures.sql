-- Revert hypermind:functions/archive_figures from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.archive_figures(date);

commit;
