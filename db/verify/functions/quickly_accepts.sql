-- Verify hypermind:functions/quickly_accepts on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.quickly_accepts(jsonpath, text[], jsonb)', p_volatility => 's');

rollback;
