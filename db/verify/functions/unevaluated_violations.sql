-- Verify hypermind:functions/unevaluated_violations on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.unevaluated_violations(jsonb, text, jsonb, text, integer, integer)',
    p_volatility => 'v');

rollback;
