-- Revert hypermind:functions/settle_head from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.settle_head(uuid);

commit;
