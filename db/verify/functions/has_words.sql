-- Verify hypermind:functions/has_words on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.has_words(text, tsquery)', p_volatility => 's');

rollback;
