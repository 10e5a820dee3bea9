-- Verify hypermind:functions/choice_violations on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.choice_violations(jsonb, text, jsonb, text, integer, integer)',
    p_volatility => 'v');

rollback;
