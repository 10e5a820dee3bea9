-- Verify hypermind:functions/child_rules on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.child_rules(jsonb)', p_volatility => 'i');

rollback;
