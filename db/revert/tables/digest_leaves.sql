-- Revert hypermind:tables/digest_leaves from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.digest_leaves;

commit;
