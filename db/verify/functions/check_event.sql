-- Verify hypermind:functions/check_event on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.check_event(text, jsonb, jsonb, text, text, text[], bigint, bigint, numeric, timestamp with time zone)',
    p_volatility => 'v');

rollback;
