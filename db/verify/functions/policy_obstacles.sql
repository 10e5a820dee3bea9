-- Verify hypermind:functions/policy_obstacles on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.policy_obstacles(date)', p_volatility => 'v');

rollback;
