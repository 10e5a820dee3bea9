-- Revert hypermind:tables/archives from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.archives;

commit;
