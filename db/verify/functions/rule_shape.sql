-- Verify hypermind:functions/rule_shape on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.rule_shape(jsonb, text)', p_volatility => 'i');

rollback;
