-- Revert hypermind:functions/settle_shape from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.settle_shape(uuid, bigint, jsonb[]);

commit;
