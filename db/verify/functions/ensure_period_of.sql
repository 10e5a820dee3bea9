-- Verify hypermind:functions/ensure_period_of on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.ensure_period_of(uuid)', p_volatility => 'v');

rollback;
