-- Verify hypermind:functions/insert_snapshot on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.insert_snapshot(uuid, bigint, uuid, jsonb)',
    p_volatility => 'v');

rollback;
