-- Verify hypermind:functions/contract_accepts on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.contract_accepts(hypermind.contracts, jsonb)',
    p_volatility => 'v');

rollback;
