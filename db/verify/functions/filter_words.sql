-- Verify hypermind:functions/filter_words on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.filter_words(text[], text, text)', p_volatility => 's');

rollback;
