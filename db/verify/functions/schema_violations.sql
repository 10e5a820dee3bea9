-- Verify hypermind:functions/schema_violations on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.schema_violations(jsonb, jsonb)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
