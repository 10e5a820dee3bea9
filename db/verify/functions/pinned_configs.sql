-- Verify hypermind:functions/pinned_configs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.pinned_configs(uuid)', p_volatility => 's');

rollback;
