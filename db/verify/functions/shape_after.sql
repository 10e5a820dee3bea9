-- Verify hypermind:functions/shape_after on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.shape_after(jsonb, jsonb)', p_volatility => 'i');

rollback;
