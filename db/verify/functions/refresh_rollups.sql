-- Verify hypermind:functions/refresh_rollups on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.refresh_rollups(integer)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
