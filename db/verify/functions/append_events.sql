-- Verify hypermind:functions/append_events on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.append_events(uuid, jsonb, bigint, bigint)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
