-- Verify hypermind:functions/text_query on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.text_query(text)', p_volatility => 's');

rollback;
