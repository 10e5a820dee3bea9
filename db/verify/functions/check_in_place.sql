-- Verify hypermind:functions/check_in_place on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_in_place(jsonb)', p_volatility => 'v');

rollback;
