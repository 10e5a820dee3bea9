-- Verify hypermind:functions/check_retention_policy on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.check_retention_policy(integer, integer, integer)',
    p_volatility => 'v');

rollback;
