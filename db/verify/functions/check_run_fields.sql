-- Verify hypermind:functions/check_run_fields on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.check_run_fields(jsonb, jsonb, text[], text, text, text)',
    p_volatility => 'v');

rollback;
