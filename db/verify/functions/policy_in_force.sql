-- Verify hypermind:functions/policy_in_force on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.policy_in_force(uuid)',
    p_volatility => 's');

rollback;
