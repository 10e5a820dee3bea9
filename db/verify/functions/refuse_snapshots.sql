-- Verify hypermind:functions/refuse_snapshots on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_snapshots()', p_volatility => 's');

rollback;
