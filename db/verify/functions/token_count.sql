-- Verify hypermind:functions/token_count on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.token_count(jsonb, text)', p_volatility => 'i');

rollback;
