-- Revert hypermind:functions/refuse_taken_id from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_taken_id(uuid);

commit;
