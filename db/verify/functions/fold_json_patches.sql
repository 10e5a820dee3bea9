-- Verify hypermind:functions/fold_json_patches on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.fold_json_patches(jsonb, jsonb[])', p_volatility => 'i');

rollback;
