-- Verify hypermind:functions/element_rules on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.element_rules(jsonb, text[], integer)', p_volatility => 'i');

rollback;
