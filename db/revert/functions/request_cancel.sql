-- Revert hypermind:functions/request_cancel from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.request_cancel(uuid, text);

commit;
