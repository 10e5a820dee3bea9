-- Verify hypermind:functions/conjoined_rules on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.conjoined_rules(jsonb, text[])', p_volatility => 'i');

rollback;
