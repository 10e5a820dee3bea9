-- Verify hypermind:functions/register_event_type on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.register_event_type(text, jsonb, uuid, jsonb, text, integer, boolean, text)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
