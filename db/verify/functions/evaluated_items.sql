-- Verify hypermind:functions/evaluated_items on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.evaluated_items(jsonb, text, jsonb, integer, boolean)',
    p_volatility => 'v');

rollback;
