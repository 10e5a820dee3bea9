-- Revert hypermind:tables/digests from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.digests;

commit;
