-- Verify hypermind:functions/event_preview on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.event_preview(jsonb)',
    p_callers => '{hypermind_reader}', p_volatility => 'i');

rollback;
