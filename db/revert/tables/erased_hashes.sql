-- Revert hypermind:tables/erased_hashes from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.erased_hashes;

commit;
