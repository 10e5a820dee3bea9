-- Verify hypermind:functions/check_contract on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.check_contract(text, uuid, jsonb, integer)',
    p_volatility => 'v');

rollback;
