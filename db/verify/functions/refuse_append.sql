-- Verify hypermind:functions/refuse_append on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.refuse_append(uuid, bigint, bigint, bigint, text, jsonb)',
    p_volatility => 'v');

rollback;
