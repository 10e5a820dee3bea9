-- Revert hypermind:functions/unfit_event from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.unfit_event(uuid);

commit;
