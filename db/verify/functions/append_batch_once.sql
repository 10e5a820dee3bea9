-- Verify hypermind:functions/append_batch_once on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.append_batch_once(uuid, jsonb, bigint, bigint)',
    p_volatility => 'v');

rollback;
