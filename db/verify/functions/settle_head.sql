-- Verify hypermind:functions/settle_head on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.settle_head(uuid)', p_volatility => 'v');

rollback;
