-- Verify hypermind:functions/contracts_of on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.contracts_of(jsonb, uuid)', p_volatility => 's');

rollback;
