-- Verify hypermind:functions/register_contract on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.register_contract(uuid, text, jsonb, integer, boolean, text)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
