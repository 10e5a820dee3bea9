-- Verify hypermind:functions/check_object on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_object(text, jsonb)', p_volatility => 'v');

rollback;
