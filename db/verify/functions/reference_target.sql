-- Verify hypermind:functions/reference_target on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.reference_target(text, text[], jsonb)', p_volatility => 'i');

rollback;
