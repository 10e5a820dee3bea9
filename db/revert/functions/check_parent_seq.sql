-- Revert hypermind:functions/check_parent_seq from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_parent_seq(bigint, bigint);

commit;
