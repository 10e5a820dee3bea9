-- Verify hypermind:functions/refuse_schema on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_schema(text, text, text)', p_volatility => 'v');

rollback;
