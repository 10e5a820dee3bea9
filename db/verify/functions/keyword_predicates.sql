-- Verify hypermind:functions/keyword_predicates on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.keyword_predicates(jsonb, text, boolean)', p_volatility => 'i');

rollback;
