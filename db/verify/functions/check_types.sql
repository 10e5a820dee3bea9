-- Verify hypermind:functions/check_types on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_types(text[])', p_volatility => 's');

rollback;
