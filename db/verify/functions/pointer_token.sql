-- Verify hypermind:functions/pointer_token on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.pointer_token(text)', p_volatility => 'i');

rollback;
