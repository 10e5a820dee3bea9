-- Verify hypermind:functions/fork_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.fork_run(uuid, bigint, jsonb, jsonb, uuid, jsonb, text[], text)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
