-- Verify hypermind:functions/event_text on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.event_text(jsonb, smallint)',
    p_callers => '{hypermind_reader}', p_volatility => 'i');

rollback;
