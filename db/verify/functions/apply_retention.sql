-- Verify hypermind:functions/apply_retention on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.apply_retention(date, bytea)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
