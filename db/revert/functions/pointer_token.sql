-- Revert hypermind:functions/pointer_token from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.pointer_token(text);

commit;
