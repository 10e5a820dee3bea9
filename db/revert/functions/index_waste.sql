-- Revert hypermind:functions/index_waste from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.index_waste();

commit;
