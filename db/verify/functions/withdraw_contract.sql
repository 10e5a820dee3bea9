-- Verify hypermind:functions/withdraw_contract on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.withdraw_contract(text)', p_volatility => 'v');

rollback;
