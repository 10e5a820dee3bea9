-- Verify hypermind:functions/json_diff_operations on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.json_diff_operations(text, int, jsonb, jsonb)', p_volatility => 'i');

rollback;
