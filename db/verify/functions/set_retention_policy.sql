-- Verify hypermind:functions/set_retention_policy on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.set_retention_policy(uuid, integer, integer, integer, text, integer)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
