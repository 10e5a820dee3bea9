-- Verify hypermind:functions/check_delta on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_delta(jsonb)', p_volatility => 'v');

rollback;
