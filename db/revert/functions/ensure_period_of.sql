-- Revert hypermind:functions/ensure_period_of from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.ensure_period_of(uuid);

commit;
