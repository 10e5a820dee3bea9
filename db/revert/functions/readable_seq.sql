-- Revert hypermind:functions/readable_seq from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.readable_seq(uuid, bigint, bigint);

commit;
