-- Verify hypermind:functions/drop_period on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.drop_period(date)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
