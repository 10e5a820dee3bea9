-- Revert hypermind:views/periods from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop view hypermind.periods;

commit;
