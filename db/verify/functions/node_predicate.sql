-- Verify hypermind:functions/node_predicate on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.node_predicate(jsonb, text, text, boolean, text[])',
    p_volatility => 'i');

rollback;
