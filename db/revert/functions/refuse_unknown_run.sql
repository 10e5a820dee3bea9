-- Revert hypermind:functions/refuse_unknown_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_unknown_run(uuid);

commit;
