-- Verify hypermind:functions/run_checks on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.run_checks()',
    p_volatility => 'v');

rollback;
