-- Verify hypermind:functions/json_patch_malformed on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.json_patch_malformed(jsonb)', p_volatility => 'i');

rollback;
