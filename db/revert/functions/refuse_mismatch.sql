-- Revert hypermind:functions/refuse_mismatch from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_mismatch(uuid, date, jsonb, jsonb);

commit;
