-- Revert hypermind:functions/check_seq from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_seq(uuid, bigint, bigint, bigint);

commit;
