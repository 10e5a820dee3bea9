-- Revert hypermind:functions/check_in_place from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_in_place(jsonb);

commit;
