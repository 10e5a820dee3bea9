-- Verify hypermind:triggers/period_moves_append_only on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_guarded('hypermind.period_moves');

rollback;
