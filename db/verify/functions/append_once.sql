-- Verify hypermind:functions/append_once on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.append_once(uuid, text, jsonb, jsonb, bigint, bigint, uuid, bigint, text, text, text[], bigint, bigint, numeric, timestamp with time zone, bytea, timestamp with time zone, boolean)',
    p_volatility => 'v');

rollback;
