-- Verify hypermind:functions/contract_versions on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.contract_versions(jsonb, uuid)', p_volatility => 's');

rollback;
