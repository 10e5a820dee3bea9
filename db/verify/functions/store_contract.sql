-- Verify hypermind:functions/store_contract on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.store_contract(uuid, text, jsonb, jsonb, text, integer, boolean, text)',
    p_volatility => 'v');

rollback;
