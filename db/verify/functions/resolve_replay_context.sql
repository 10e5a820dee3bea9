-- Verify hypermind:functions/resolve_replay_context on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.resolve_replay_context(uuid, bigint)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
