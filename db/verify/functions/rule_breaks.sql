-- Verify hypermind:functions/rule_breaks on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.rule_breaks(jsonb, text[], text[], jsonb, text, text[], text[], text[], int)', p_volatility => 'v');

rollback;
