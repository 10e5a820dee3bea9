-- Verify hypermind:functions/guard_checks on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.guard_checks()',
    p_volatility => 's');

rollback;
