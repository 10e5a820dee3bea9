-- Verify hypermind:functions/text_snippet on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.text_snippet(text, tsquery)', p_volatility => 's');

rollback;
