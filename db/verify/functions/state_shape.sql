-- Verify hypermind:functions/state_shape on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.state_shape(jsonb)', p_volatility => 'i');

rollback;
