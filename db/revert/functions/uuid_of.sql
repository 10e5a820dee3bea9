-- Revert hypermind:functions/uuid_of from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.uuid_of(text);

commit;
