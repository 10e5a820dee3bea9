-- Revert hypermind:functions/verify_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind.verify_run(uuid);

commit;
