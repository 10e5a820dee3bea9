-- Verify hypermind:functions/replaces_state on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.replaces_state(jsonb)', p_volatility => 'i');

rollback;
