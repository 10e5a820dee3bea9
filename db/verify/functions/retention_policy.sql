-- Verify hypermind:functions/retention_policy on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.retention_policy(uuid)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
