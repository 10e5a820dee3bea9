-- Verify hypermind:functions/event_words on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.event_words(uuid, text, text, text, jsonb, smallint)', p_volatility => 'i');

rollback;
