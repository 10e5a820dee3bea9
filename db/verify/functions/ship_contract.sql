-- Verify hypermind:functions/ship_contract on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.ship_contract(text, jsonb, jsonb, text)', p_volatility => 'v');

rollback;
