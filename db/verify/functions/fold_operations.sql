-- Verify hypermind:functions/fold_operations on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.fold_operations(jsonb, jsonb[], int, boolean)', p_volatility => 'i');

rollback;
