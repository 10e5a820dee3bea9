-- Verify hypermind:functions/fold_members on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.fold_members(jsonb, jsonb[], int[], int, boolean)', p_volatility => 'i');

rollback;
