-- Verify hypermind:functions/ensure_periods on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.ensure_periods(integer)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
