-- Revert hypermind:functions/refuse from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse(text, text, jsonb, text);

commit;
