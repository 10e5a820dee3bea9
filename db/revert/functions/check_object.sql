-- Revert hypermind:functions/check_object from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.check_object(text, jsonb);

commit;
