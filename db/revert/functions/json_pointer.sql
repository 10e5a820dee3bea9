-- Revert hypermind:functions/json_pointer from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.json_pointer(text);

commit;
