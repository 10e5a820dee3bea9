-- Verify hypermind:functions/take_due_snapshot on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.take_due_snapshot(uuid, bigint, uuid)', p_volatility => 'v');

rollback;
