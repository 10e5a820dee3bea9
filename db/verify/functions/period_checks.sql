-- Verify hypermind:functions/period_checks on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.period_checks()',
    p_volatility => 'v');

rollback;
