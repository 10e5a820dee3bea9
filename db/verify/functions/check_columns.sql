-- Verify hypermind:functions/check_columns on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_columns(jsonb)', p_volatility => 'v');

rollback;
