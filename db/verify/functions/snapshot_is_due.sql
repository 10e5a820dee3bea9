-- Verify hypermind:functions/snapshot_is_due on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.snapshot_is_due(integer, bigint, bigint)', p_volatility => 'i');

rollback;
