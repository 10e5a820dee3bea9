-- Verify hypermind:functions/maintain on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.maintain(integer, interval)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
