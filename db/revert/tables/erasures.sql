-- Revert hypermind:tables/erasures from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop table hypermind.erasures;

commit;
