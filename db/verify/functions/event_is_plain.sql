-- Verify hypermind:functions/event_is_plain on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.event_is_plain(text, jsonb, jsonb, text, text, text[], bigint, bigint, numeric, timestamptz)',
    p_volatility => 's');

rollback;
