-- Revert hypermind:functions/erasable_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.erasable_run(uuid, text);

commit;
