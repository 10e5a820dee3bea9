-- Verify hypermind:functions/replay_events on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.replay_events(uuid, bigint, bigint)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
