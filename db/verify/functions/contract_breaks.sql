-- Verify hypermind:functions/contract_breaks on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.contract_breaks(jsonb, jsonb)', p_volatility => 'v');

rollback;
