-- Verify hypermind:functions/refuse on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse(text, text, jsonb, text)', p_volatility => 'v');

rollback;
