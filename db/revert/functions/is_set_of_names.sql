-- Revert hypermind:functions/is_set_of_names from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.is_set_of_names(jsonb);

commit;
