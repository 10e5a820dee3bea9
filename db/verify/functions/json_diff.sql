-- Verify hypermind:functions/json_diff on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.json_diff(jsonb, jsonb)', p_volatility => 'i');

rollback;
