-- Revert hypermind:functions/holds_on_run from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.holds_on_run(uuid);

commit;
