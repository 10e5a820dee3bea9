-- Verify hypermind:functions/attached_before on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.attached_before(uuid, uuid, text, text, text, bytea, bigint, bigint, jsonb)',
    p_volatility => 'v');

rollback;
