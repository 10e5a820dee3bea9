-- Revert hypermind:functions/refuse_append from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_append(uuid, bigint, bigint, bigint, text, jsonb);

commit;
