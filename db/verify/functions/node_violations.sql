-- Verify hypermind:functions/node_violations on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.node_violations(jsonb, text, jsonb, text, integer, integer)',
    p_volatility => 'v');

rollback;
