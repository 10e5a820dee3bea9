-- Verify hypermind:functions/append_event on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.append_event(uuid, text, jsonb, jsonb, bigint, bigint, uuid, bigint, text, text, text[], bigint, bigint, numeric, timestamp with time zone)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
