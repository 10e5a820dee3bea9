-- Verify hypermind:functions/assertion_predicate on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.assertion_predicate(text, jsonb, text)', p_volatility => 'i');

rollback;
