-- Verify hypermind:functions/check_batch on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_batch(jsonb)', p_volatility => 'v');

rollback;
