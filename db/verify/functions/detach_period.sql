-- Verify hypermind:functions/detach_period on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.detach_period(date)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
