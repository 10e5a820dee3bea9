-- Verify hypermind:functions/keyword_problem on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.keyword_problem(text, jsonb)', p_volatility => 'i');

rollback;
