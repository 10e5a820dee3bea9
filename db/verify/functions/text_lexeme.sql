-- Verify hypermind:functions/text_lexeme on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.text_lexeme(text)', p_volatility => 'i');

rollback;
