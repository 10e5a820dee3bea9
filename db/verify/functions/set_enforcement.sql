-- Verify hypermind:functions/set_enforcement on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.set_enforcement(uuid, text)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
