-- Verify hypermind:functions/plan_retention on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.plan_retention(date)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
