-- Verify hypermind:functions/contract_version on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.contract_version(text, uuid, integer)', p_volatility => 's');

rollback;
