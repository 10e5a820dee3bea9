-- Verify hypermind:functions/same_rules on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.same_rules(jsonb, jsonb, text, text)', p_volatility => 'i');

rollback;
