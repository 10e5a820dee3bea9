-- Verify hypermind:functions/evaluated_members on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.evaluated_members(jsonb, text, jsonb, integer, boolean)',
    p_volatility => 'v');

rollback;
