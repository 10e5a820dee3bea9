-- Revert hypermind:tables/contracts from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.contracts;

commit;
