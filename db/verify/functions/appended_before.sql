-- Verify hypermind:functions/appended_before on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.appended_before(uuid, uuid, text, jsonb, jsonb, bigint, text, text, text[], bigint, bigint, numeric, timestamp with time zone)',
    p_volatility => 'v');

rollback;
