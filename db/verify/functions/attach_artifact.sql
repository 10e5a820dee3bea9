-- Verify hypermind:functions/attach_artifact on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.attach_artifact(uuid, text, text, bytea, bigint, text, bigint, uuid, jsonb, bigint)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
