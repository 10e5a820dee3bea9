-- Verify hypermind:functions/replay_digest on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.replay_digest(uuid, bigint, bytea, jsonb, jsonb, jsonb)',
    p_volatility => 's');

rollback;
