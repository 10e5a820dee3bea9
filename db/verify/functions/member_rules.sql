-- Verify hypermind:functions/member_rules on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.member_rules(jsonb, text[], text)', p_volatility => 'i');

rollback;
