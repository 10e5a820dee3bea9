-- Verify hypermind:functions/is_set_of_names on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.is_set_of_names(jsonb)', p_volatility => 'i');

rollback;
