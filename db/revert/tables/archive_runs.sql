-- Revert hypermind:tables/archive_runs from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.archive_runs;

commit;
