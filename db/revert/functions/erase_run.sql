-- Revert hypermind:functions/erase_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.erase_run(uuid, text);

commit;
