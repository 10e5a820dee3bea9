-- Verify hypermind:functions/contract_violations on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.contract_violations(text, jsonb, uuid, integer)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
