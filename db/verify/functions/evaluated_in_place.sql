-- Verify hypermind:functions/evaluated_in_place on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.evaluated_in_place(jsonb, jsonb, jsonb, integer)',
    p_volatility => 'v');

rollback;
