-- Verify hypermind:functions/fold_state on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.fold_state(jsonb, jsonb[])', p_volatility => 'i');

rollback;
