-- Verify hypermind:functions/check_bounds on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_bounds(text, jsonb)', p_volatility => 'v');

rollback;
