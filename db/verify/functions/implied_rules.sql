-- Verify hypermind:functions/implied_rules on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.implied_rules(jsonb, text[], text[], jsonb, text)', p_volatility => 'v');

rollback;
