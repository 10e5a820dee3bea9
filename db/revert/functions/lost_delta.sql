-- Revert hypermind:functions/lost_delta from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.lost_delta(uuid, bigint, bigint);

commit;
