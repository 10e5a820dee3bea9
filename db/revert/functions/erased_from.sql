-- Revert hypermind:functions/erased_from from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.erased_from(uuid, bigint);

commit;
