-- Revert hypermind:triggers/period_moves_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger period_moves_no_truncate on hypermind.period_moves;
drop trigger period_moves_append_only on hypermind.period_moves;

commit;
