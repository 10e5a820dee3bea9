-- Verify hypermind:functions/json_patch_operation on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.json_patch_operation(jsonb, jsonb, int, int)', p_volatility => 'i');

rollback;
