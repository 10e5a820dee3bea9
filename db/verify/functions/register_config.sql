-- Verify hypermind:functions/register_config on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.register_config(uuid, text, text, jsonb, integer, text)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
