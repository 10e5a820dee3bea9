-- Revert hypermind:tables/retention_policies from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.retention_policies;

commit;
