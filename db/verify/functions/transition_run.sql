-- Verify hypermind:functions/transition_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.transition_run(uuid, text, jsonb, bigint, bigint)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
