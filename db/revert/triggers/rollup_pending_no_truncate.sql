-- Revert hypermind:triggers/rollup_pending_no_truncate from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger rollup_pending_no_truncate on hypermind.rollup_pending;

commit;
