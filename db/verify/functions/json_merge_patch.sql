-- Verify hypermind:functions/json_merge_patch on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.json_merge_patch(jsonb, jsonb)', p_volatility => 'i');

rollback;
